import type { Issue } from "../core/issue.ts";
import type { Manifest } from "./input/manifest.ts";

/** An issue with the place a person can edit: `path:line:column level code message`. */
export function finding({ placeOf }: Manifest, { path, level, code, message }: Issue): string {
  const { file, line, column } = placeOf(path);
  return `${file}:${line}:${column} ${level} ${code} ${message}`;
}
