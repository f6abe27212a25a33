import type { Issue } from "../core/issue.ts";
import type { Manifest } from "./document.ts";

/** An issue with the place a person can edit: `path:line level code message`. */
export function finding({ shown, lineOf }: Manifest, { path, level, code, message }: Issue): string {
  return `${shown}:${lineOf(path)} ${level} ${code} ${message}`;
}
