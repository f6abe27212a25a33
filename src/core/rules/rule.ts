/** One thing an issue can say: its code, documented. `docs/rules.md` is written from these. */
export interface Rule {
  /** "either": an error in one case and a warning in another, as `means` says. */
  readonly level: "error" | "warning" | "notice" | "either";
  /** What is wrong, and what would come of it. */
  readonly means: string;
  /** What to do. */
  readonly remedy: string;
  /** Something the rule is told of: YAML laid over what the area starts from. A test runs it. */
  readonly example?: string;
  /** Where a few lines of YAML cannot show it: the case in words. A test makes it. */
  readonly when?: string;
  /** Who else has this rule, or where its bound comes from. */
  readonly source?: string;
}

export interface RuleSet {
  readonly [code: string]: Rule;
}
