import type { Issue } from "../core/issue.ts";
import { printable } from "../core/report/printable.ts";
import { shownPlace } from "../core/report/shown.ts";
import type { Manifest } from "./input/manifest.ts";

/** An issue with the place a person can edit: `path:line:column level code message`. */
export function finding({ placeOf }: Manifest, { path, level, code, message }: Issue): string {
  return `${shownPlace(placeOf(path))} ${level} ${code} ${printable(message)}`;
}
