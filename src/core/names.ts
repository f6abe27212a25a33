import { canonicalJson, sha256Hex } from "./json.ts";

/**
 * Name of the immutable ConfigMap that carries a Workspace's files. Other content gives another name, so running pods keep
 * the files they started with. At most 9 characters longer than `name`.
 */
export function filesConfigMapName(name: string, files: { readonly [file: string]: string }): string {
  return `${name}-${sha256Hex(canonicalJson(files)).slice(0, 8)}`;
}

/** Name of the headless Service, through which the pods of one model find each other. */
export function headlessServiceName(name: string): string {
  return `${name}-headless`;
}

/**
 * Whether a text has the shape of a Hugging Face repository, `org/model`. The hub allows letters, digits, `-`, `_` and
 * `.` in both parts, at most 96 characters each; such a text needs no quotes in a shell and cannot leave a URL's path.
 */
export function isRepository(text: string): boolean {
  return /^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}$/.test(text) && !text.includes("..");
}
