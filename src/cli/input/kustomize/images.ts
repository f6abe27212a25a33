import { leaf, lookUp, type Tree, textOf } from "../tree/tree.ts";
import { atFieldSpec, type FieldSpec } from "./field-path.ts";
import { matcher } from "./patterns.ts";
import type { Resources } from "./resources.ts";

const REST = "(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$";

/** An entry of `images`: in lists named containers or initContainers wherever they are, and where the specs lead. */
export function setImages(resources: Resources, entry: Tree, specs: readonly FieldSpec[]): void {
  const name = textOf(lookUp(entry, "name"));
  const isNamed = matcher(`^${name}${REST}`, false);
  const update = (found: Tree): Tree => {
    if (found.kind !== "leaf" || typeof found.value !== "string" || !isNamed(found.value)) return found;
    return leaf(updated(found.value, entry), placeOf(entry) ?? found.at);
  };
  for (const resource of resources.all) {
    if (resource.id.kind === "CustomResourceDefinition") continue;
    updateContainers(resource.tree, update);
    for (const spec of specs) atFieldSpec(resource, spec, update);
  }
}

function placeOf(entry: Tree): Tree["at"] {
  const said = ["newTag", "digest", "newName", "tagSuffix"]
    .map((key) => lookUp(entry, key))
    .find((one) => one !== undefined);
  return said?.at ?? entry.at;
}

function updated(image: string, entry: Tree): string {
  const part = (key: string): string => textOf(lookUp(entry, key));
  let [name, tag, digest] = split(image);
  const [newName, newTag, newDigest, tagSuffix] = [part("newName"), part("newTag"), part("digest"), part("tagSuffix")];
  if (newName !== "") name = newName;
  if (newTag !== "" || newDigest !== "") [tag, digest] = [newTag, newDigest];
  else if (tagSuffix !== "") [tag, digest] = [tag + tagSuffix, ""];
  return `${name}${tag === "" ? "" : `:${tag}`}${digest === "" ? "" : `@${digest}`}`;
}

/** Name, tag and digest; a colon before the first slash is a port. */
function split(image: string): [name: string, tag: string, digest: string] {
  const host = Math.max(image.indexOf("/"), 0);
  const at = image.indexOf("@", host);
  const colon = image.indexOf(":", host);
  if (at >= 0 && (colon < 0 || at < colon)) return [image.slice(0, at), "", image.slice(at + 1)];
  if (colon < 0) return [image, "", ""];
  if (at < 0) return [image.slice(0, colon), image.slice(colon + 1), ""];
  return [image.slice(0, colon), image.slice(colon + 1, at), image.slice(at + 1)];
}

function updateContainers(tree: Tree, update: (image: Tree) => Tree): void {
  if (tree.kind === "list") for (const item of tree.items) updateContainers(item, update);
  if (tree.kind !== "branch") return;
  for (const [key, member] of tree.members) {
    updateContainers(member, update);
    if ((key !== "containers" && key !== "initContainers") || member.kind !== "list") continue;
    for (const item of member.items) {
      const image = lookUp(item, "image");
      if (image !== undefined && item.kind === "branch") item.members.set("image", update(image));
    }
  }
}
