const PAGES: { readonly [command: string]: readonly string[] } = {
  render: ["inputs", "annotations", "serving", "catalogue-files"],
  check: ["ci", "rules", "check-output", "policies", "inputs"],
  explain: ["explain", "reasons", "catalogue"],
  plan: ["plan", "nodes", "providers"],
  cost: ["cost", "ci"],
  images: ["images", "catalogue-files"],
  pin: ["pin", "diff"],
  diff: ["diff", "ci", "comment"],
  comment: ["comment", "ci"],
  "preset add": ["preset-add", "catalogue-files"],
  demo: ["first-hour", "map", "providers"],
  init: ["ci", "check-output"],
  completion: ["ci"],
  up: ["providers", "aks", "webhook"],
  down: ["uninstall", "from-kaito"],
  doctor: ["doctor", "from-kaito", "providers", "webhook"],
  watch: ["webhook", "reasons"],
};

/** Names of the pages below docs/ that tell more of a command. */
export function pagesOf(command: string): readonly string[] {
  return PAGES[command] ?? [];
}
