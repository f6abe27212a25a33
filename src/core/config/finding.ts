import { error, type Issue, warning } from "../issue.ts";
import { shortened } from "../schema.ts";

/** A setting that a program would refuse, or that contradicts the pod. `path` is the setting: `vllm.port`; the file: empty. */
export function conflict(path: string, problem: string): Issue {
  return error(shortened(path), "config/conflict", `${shortened(path)} ${problem}`.trimStart());
}

/** A setting that does nothing, or that has a better place. */
export function note(path: string, what: string): Issue {
  return warning(shortened(path), "config/ignored", `${shortened(path)} ${what}`);
}
