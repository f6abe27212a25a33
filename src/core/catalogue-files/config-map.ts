import { byCodePoint, isObject } from "../json.ts";
import type { CatalogueFile } from "./file.ts";
import { kindOf } from "./kinds.ts";
import { parseCatalogueFile } from "./parse.ts";

/** ConfigMaps with this label, in Foresail's own namespace, are catalogue files. */
export const CATALOGUE_DATA_LABEL = "foresail.dev/catalog-data";

interface ConfigMap {
  readonly metadata: { readonly name: string };
  readonly data?: unknown;
  readonly binaryData?: unknown;
}

/** The catalogue files of a ConfigMap: every key is a file, named as `foresail --catalog` knows files without directories. */
export function filesOfConfigMap(object: ConfigMap): readonly CatalogueFile[] {
  const texts = isObject(object.data) ? object.data : {};
  const binary = isObject(object.binaryData) ? Object.keys(object.binaryData) : [];
  return [...Object.keys(texts), ...binary].sort(byCodePoint).map((key) => {
    const shown = shownName(object, key);
    const text = texts[key];
    if (typeof text === "string" && /\.(ya?ml|json)$/.test(key))
      return withoutRelease(parseCatalogueFile(key, shown, text));
    const message = "is no catalogue file: keys are names such as models.acme-chat.yaml or prices.contract.json";
    return { path: key, shown, error: { line: 1, message } };
  });
}

/** A release is taken as it is, unchecked, as only our own generator writes it. */
function withoutRelease(file: CatalogueFile): CatalogueFile {
  if (file.error !== undefined || kindOf(file.path, file.content) !== "releases") return file;
  const message = "is a published release, which comes with Foresail only: remove it";
  return { path: file.path, shown: file.shown, error: { line: 1, message } };
}

/** Whether a file, by its shown name, is of this ConfigMap. */
export function isOfConfigMap(object: ConfigMap, shown: string): boolean {
  return shown.startsWith(shownName(object, ""));
}

function shownName(object: ConfigMap, key: string): string {
  return `ConfigMap ${object.metadata.name}/${key}`;
}
