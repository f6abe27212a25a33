import type { Group, Groups } from "./groups.ts";
import { both, type Mask, meets } from "./mask.ts";
import type { PodClass } from "./pod-class.ts";
import type { HostPort, PodRule, SpecFacts, SpreadRule } from "./pod-spec.ts";
import type { PreferencePolicy } from "./problem.ts";
import { type RowTable, remembered, vectorOf } from "./row-table.ts";
import { HOSTNAME } from "./words.ts";

/** One rule of a pod over the domains of a key. */
export type Rule =
  | {
      readonly kind: "spread";
      readonly group: Group;
      readonly maxSkew: number;
      readonly minDomains: number;
      /** Whether the pod is one of those it counts. */
      readonly self: boolean;
      /** Domains the pod's own nodes can have; those of the hostname are without end. */
      readonly eligible: readonly number[];
    }
  | { readonly kind: "affinity"; readonly group: Group; readonly self: boolean }
  /** None of the pods it sees, and none that must not be with this one. */
  | { readonly kind: "apart"; readonly group: Group }
  | { readonly kind: "kept-away"; readonly group: Group };

/** What is the same for all pods of equal requests, host ports, node requirements, volumes and tolerations. */
export interface Fit {
  /** Rows that suit by labels and taints. */
  readonly mask: Mask;
  /** By resource, as the table of room. */
  readonly requests: Float64Array;
  readonly ports: readonly HostPort[];
  /** Nodes that may still have room, in the order they are to be filled; -1: one that has none, now and for ever. */
  readonly open: number[];
  /** Entries of `open` before this one are -1. */
  head: number;
  /** Nodes that have been looked at. */
  seen: number;
}

/** What a pod asks for when some of its preferences are given up. */
export interface Variant {
  readonly fit: Fit;
  readonly hostRules: readonly Rule[];
  readonly keyed: readonly { readonly key: string; readonly rules: readonly Rule[] }[];
}

/** What variants are made from. */
export interface Setting {
  readonly table: RowTable;
  readonly groups: Groups;
  readonly resources: readonly string[];
  readonly fits: Map<string, Fit>;
  readonly policy: PreferencePolicy;
}

/** Preferences that are still kept: the first of each list goes first. */
interface Kept {
  readonly affinities: readonly PodRule[];
  readonly antis: readonly PodRule[];
  readonly terms: PodClass["spec"]["preferredTerms"];
  readonly spreads: readonly SpreadRule[];
  readonly softTaints: boolean;
}

/**
 * The ways to ask, the strictest first. As in Karpenter a preference is a requirement until it is given up: pod affinity,
 * then anti-affinity, then node affinity (the heaviest first), spread, taints that only ask to be avoided. Alternatives of
 * required node affinity need no such order here: a set of rows holds them all at once.
 */
export function variantsOf(one: PodClass, setting: Setting): readonly Variant[] {
  const variants: Variant[] = [];
  let kept: Kept | undefined = setting.policy === "ignore" ? NOTHING : allKept(one, setting.table);
  for (; kept !== undefined; kept = relaxed(kept)) variants.push(resolved(one, setting, kept));
  return variants;
}

/** Makes the groups of all rules of a pod, before any pod is counted and any variant resolved. */
export function declareGroups({ spec, identity }: Pick<PodClass, "spec" | "identity">, setting: Setting): void {
  const preferences = setting.policy !== "ignore";
  for (const rule of spec.spreads) {
    if (rule.hard || preferences) setting.groups.ofSpread(rule, identity, filterOf(spec, rule, setting.table));
  }
  for (const rule of spec.rules) if (rule.weight === 0 || preferences) setting.groups.ofRule(rule, identity);
}

const NOTHING: Kept = { affinities: [], antis: [], terms: [], spreads: [], softTaints: false };

function allKept({ spec }: PodClass, table: RowTable): Kept {
  const preferred = spec.rules.filter((rule) => rule.weight > 0);
  return {
    affinities: preferred.filter((rule) => !rule.anti),
    antis: preferred.filter((rule) => rule.anti),
    terms: spec.preferredTerms,
    spreads: spec.spreads.filter((rule) => !rule.hard),
    softTaints: table.softTaints,
  };
}

function relaxed(kept: Kept): Kept | undefined {
  if (kept.affinities.length > 0) return { ...kept, affinities: kept.affinities.slice(1) };
  if (kept.antis.length > 0) return { ...kept, antis: kept.antis.slice(1) };
  if (kept.terms.length > 0) return { ...kept, terms: kept.terms.slice(1) };
  if (kept.spreads.length > 0) return { ...kept, spreads: kept.spreads.slice(1) };
  return kept.softTaints ? NOTHING : undefined;
}

function resolved(one: PodClass, setting: Setting, kept: Kept): Variant {
  const { spec, identity } = one;
  const { groups } = setting;
  const spreads = [...spec.spreads.filter((rule) => rule.hard), ...kept.spreads];
  const podRules = [...spec.rules.filter((rule) => rule.weight === 0), ...kept.affinities, ...kept.antis];
  const rules: Rule[] = [
    ...spreads.map((rule) => spreadOf(one, rule, setting)),
    ...podRules.map((rule) => podRuleOf(one, rule, groups)),
    ...groups.repelling(identity).map((group): Rule => ({ kind: "kept-away", group })),
  ];
  const keys = [...new Set(rules.map((rule) => rule.group.key))].filter((key) => key !== HOSTNAME);
  return {
    fit: fitOf(spec, setting, kept),
    hostRules: rules.filter((rule) => rule.group.key === HOSTNAME),
    keyed: keys.map((key) => ({ key, rules: rules.filter((rule) => rule.group.key === key) })),
  };
}

function fitOf(spec: SpecFacts, { table, fits, resources }: Setting, kept: Kept): Fit {
  const preferred = kept.terms[0];
  const name = `${spec.fitSignature}\n${preferred === undefined ? "" : JSON.stringify(preferred)}\n${kept.softTaints}`;
  return remembered(fits, name, () => {
    const masks = [
      table.terms(spec.terms),
      ...spec.volumes.map((terms) => table.terms(terms)),
      table.tolerating(spec.tolerations),
      ...(preferred === undefined ? [] : [table.terms([preferred])]),
      ...(kept.softTaints ? [table.undisturbed(spec.tolerations)] : []),
    ];
    const requests = vectorOf(spec.requests, resources);
    return { mask: masks.reduce(both), requests, ports: spec.ports, open: [], head: 0, seen: 0 };
  });
}

function spreadOf({ spec, identity }: PodClass, rule: SpreadRule, { table, groups }: Setting): Rule {
  const filter = filterOf(spec, rule, table);
  const group = groups.ofSpread(rule, identity, filter);
  const eligible =
    rule.key === HOSTNAME
      ? []
      : table.domains(rule.key).masks.flatMap((mask, i) => (filter === undefined || meets(mask, filter) ? [i] : []));
  const { maxSkew, minDomains } = rule;
  return { kind: "spread", group, maxSkew, minDomains, self: group.sees(identity), eligible };
}

/** The nodes a spread counts; undefined: all. */
function filterOf(spec: SpecFacts, rule: SpreadRule, table: RowTable): Mask | undefined {
  const constrained = spec.terms.length !== 1 || (spec.terms[0]?.length ?? 0) > 0;
  const filters = [
    ...(rule.honorAffinity && constrained ? [table.terms(spec.terms)] : []),
    ...(rule.honorTaints ? [table.tolerating(spec.tolerations)] : []),
  ];
  return filters.length === 0 ? undefined : filters.reduce(both);
}

function podRuleOf({ identity }: PodClass, rule: PodRule, groups: Groups): Rule {
  const group = groups.ofRule(rule, identity);
  return rule.anti ? { kind: "apart", group } : { kind: "affinity", group, self: group.sees(identity) };
}

/** Whether a node whose domain is `domain` may take the pod, by one rule. `least` is the spread's lowest count. */
export function admits(rule: Rule, domain: number, least: number): boolean {
  const count = rule.group.counts[domain] ?? 0;
  switch (rule.kind) {
    case "spread":
      return count + (rule.self ? 1 : 0) - least <= rule.maxSkew;
    case "affinity":
      return count > 0 || (rule.self && rule.group.total === 0);
    case "apart":
      return count === 0;
    case "kept-away":
      return (rule.group.owners[domain] ?? 0) === 0;
  }
}

/** The lowest count over the domains a spread counts; of hostnames it is 0, since a node can always be added. */
export function leastOf(rule: Rule): number {
  if (rule.kind !== "spread" || rule.group.key === HOSTNAME || rule.eligible.length < rule.minDomains) return 0;
  let least = Number.POSITIVE_INFINITY;
  for (const domain of rule.eligible) least = Math.min(least, rule.group.counts[domain] ?? 0);
  return Number.isFinite(least) ? least : 0;
}
