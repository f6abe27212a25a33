/** Of every command that reads manifests and expands them. */
export const catalogOption = { kind: "list", help: "directory or file of catalogue data, over what ships" } as const;
export const namespaceOption = {
  kind: "text",
  help: "namespace of manifests that state none (default default)",
} as const;

/** How every command that reads manifests is told to read them. */
export const inputOptions = {
  kustomize: {
    kind: "choice",
    choices: ["auto", "built-in", "tool"],
    default: "auto",
    help: "who builds kustomizations; auto: Foresail itself, your tool for what it does not know",
  },
  helm: {
    kind: "choice",
    choices: ["auto", "off"],
    default: "auto",
    help: "whether charts are rendered with your helm",
  },
  helmValues: { kind: "list", help: "file with values for the charts that are rendered" },
  helmSet: { kind: "list", help: "a value for the charts that are rendered, as helm's --set has it: a.b=c" },
} as const;

/** How input is read. */
export interface InputOptions {
  readonly kustomize: "auto" | "built-in" | "tool";
  readonly helm: "auto" | "off";
  readonly helmValues: readonly string[];
  readonly helmSet: readonly string[];
}

export const defaultInput: InputOptions = { kustomize: "auto", helm: "auto", helmValues: [], helmSet: [] };
