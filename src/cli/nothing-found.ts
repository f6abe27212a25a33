/** What is told where nothing of what was named is ours: a mistyped PATH looks like a clean run otherwise. */
export const NOTHING_FOUND = "no Workspace found: other YAML is skipped";
