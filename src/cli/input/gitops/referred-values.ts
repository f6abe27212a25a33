import type { Layer } from "../helm/chart-use.ts";
import { itemsOf } from "../helm/chart-use.ts";
import { insideDocuments } from "../kustomize/load.ts";
import { treeOf } from "../tree/from-yaml.ts";
import { type Branch, branch, childBranch, leaf, lookUp, type Tree, textOf } from "../tree/tree.ts";
import { type Surroundings, shownObject } from "./applier.ts";

/** The values of a HelmRelease that ConfigMaps and Secrets among the files hold; what is not among them is told. */
export function referredValues(object: Branch, around: Surroundings): readonly Layer[] {
  return itemsOf(lookUp(object, "spec", "valuesFrom")).flatMap((reference) => {
    const kind = textOf(lookUp(reference, "kind"));
    const name = textOf(lookUp(reference, "name"));
    const key = textOf(lookUp(reference, "valuesKey")) || "values.yaml";
    const without = (why: string): readonly Layer[] => {
      const isOptional = textOf(lookUp(reference, "optional")) === "true";
      if (!isOptional) around.tell(`${shownObject(object)} is rendered without the values of ${kind} ${name}: ${why}`);
      return [];
    };
    const found = around.find(kind, name, textOf(lookUp(object, "metadata", "namespace")));
    if (found === undefined) return without("it is not among the files");
    if (lookUp(found, "sops") !== undefined) return without("it is encrypted");
    const value = textAt(found, key);
    if (value === undefined) return without(`it has no key ${key}`);
    const target = textOf(lookUp(reference, "targetPath"));
    if (target === "") return [{ tree: documentIn(value) }];
    const tree = at(target, value);
    return tree === undefined ? without(`the target ${target} is not a plain path`) : [{ tree }];
  });
}

function textAt(object: Branch, key: string): Tree | undefined {
  const plain = lookUp(object, "stringData", key) ?? (isSecret(object) ? undefined : lookUp(object, "data", key));
  if (plain !== undefined) return plain;
  const encoded = lookUp(object, "data", key);
  return encoded === undefined ? undefined : leaf(Buffer.from(textOf(encoded), "base64").toString("utf8"), encoded.at);
}

function isSecret(object: Branch): boolean {
  return textOf(lookUp(object, "kind")) === "Secret";
}

/** The mapping that a text is, at the lines where it stands. */
export function documentIn(text: Tree): Tree | undefined {
  const [document] = insideDocuments(text, "helm");
  return document === undefined ? undefined : treeOf(document, false);
}

/** A text at a path of values, typed as helm's `--set` does: `"5"` in quotes stays a text. */
function at(path: string, value: Tree): Tree | undefined {
  if (!/^[\w-]+(?:\.[\w-]+)*$/.test(path)) return undefined;
  const top = branch(value.at);
  const keys = path.split(".");
  const parent = keys.slice(0, -1).reduce((made, key) => childBranch(made, key, value.at), top);
  parent.members.set(keys.at(-1) ?? "", leaf(typed(textOf(value).trim()), value.at));
  return top;
}

function typed(text: string): string | number | boolean | null {
  const quoted = /^(["'])([\s\S]*)\1$/.exec(text)?.[2];
  if (quoted !== undefined) return quoted;
  if (text === "true" || text === "false") return text === "true";
  if (text === "null") return null;
  return /^(?:0|-?[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}
