import { dirname } from "node:path";
import { nameOf, namespaceOf } from "../../core/capacity/fields.ts";
import type { Manifest } from "../input/manifest.ts";

/**
 * What an object is applied together with: all that one Flux or Argo CD object brings, one kustomization, one directory of
 * plain files. Directories may be different clusters, so objects of one name in two of them do not contradict each other.
 */
export function groupOf({ via, shown }: Manifest): string {
  if (via !== undefined) {
    return `${String(via.object["kind"])} ${namespaceOf(via.object)}/${nameOf(via.object)}`;
  }
  return /(^|\/)[kK]ustomization(\.ya?ml)?$/.test(shown) ? shown : dirname(shown);
}
