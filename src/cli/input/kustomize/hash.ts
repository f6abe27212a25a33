import { canonicalJson, sha256Hex } from "../../../core/json.ts";
import { lookUp, plainTree, textOf } from "../tree/tree.ts";
import type { Resource } from "./resource.ts";
import { Unsupported } from "./unsupported.ts";

const LETTERS: { readonly [digit: string]: string } = { "0": "g", "1": "h", "3": "k", a: "m", e: "t" };

/** The suffix that kustomize (and kubectl) gives the name of a generated ConfigMap or Secret. */
export function hashOf({ tree, id }: Resource): string {
  const part = (key: string): unknown => {
    const found = lookUp(tree, key);
    return found === undefined ? "" : found.kind === "leaf" ? textOf(found) : plainTree(found);
  };
  const mapping = (key: string): { readonly [name: string]: unknown } =>
    lookUp(tree, key)?.kind === "branch" ? { [key]: part(key) } : {};
  // kustomize looks for the name where it is not, so that every hash is made with none.
  const name = "";
  switch (id.kind) {
    case "ConfigMap":
      return encoded({ kind: "ConfigMap", name, data: part("data"), ...mapping("binaryData") });
    case "Secret":
      return encoded({ kind: "Secret", type: part("type"), name, data: part("data"), ...mapping("stringData") });
    default:
      throw new Unsupported(`a hash of kind ${id.kind}`);
  }
}

function encoded(value: unknown): string {
  // As Go writes JSON: what could end a script is escaped.
  const json = canonicalJson(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return [...sha256Hex(json).slice(0, 10)].map((digit) => LETTERS[digit] ?? digit).join("");
}
