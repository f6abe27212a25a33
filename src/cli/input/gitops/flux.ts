import { itemsOf } from "../helm/chart-use.ts";
import { type Branch, branch, lookUp, type Tree, textOf } from "../tree/tree.ts";
import { type Applier, copyField, copyFields, plainApplier, type Surroundings, shownObject } from "./applier.ts";

/** What a Flux `Kustomization` applies. */
export function fluxApplier(object: Branch, around: Surroundings): readonly Applier[] {
  const spec = lookUp(object, "spec");
  const source = lookUp(spec, "sourceRef");
  // A patch of one: Flux takes none without a source.
  if (lookUp(spec, "path") === undefined && source === undefined) return [];
  if (!isOfThisRepository(object, source, around)) return [];
  const overlay = branch();
  copyField(spec, "targetNamespace", overlay, "namespace");
  copyFields(spec, ["namePrefix", "nameSuffix", "patches", "images", "components"], overlay);
  const metadata = lookUp(spec, "commonMetadata");
  const applier: Applier = {
    ...plainApplier(object, textOf(lookUp(spec, "path")) || "."),
    isInArtifact: !["", "GitRepository"].includes(textOf(lookUp(source, "kind"))),
    overlay,
    labels: lookUp(metadata, "labels"),
    annotations: lookUp(metadata, "annotations"),
    substitute: lookUp(spec, "postBuild", "substitute"),
    substituteFrom: itemsOf(lookUp(spec, "postBuild", "substituteFrom")),
  };
  return [applier];
}

/** Whether the GitRepository that is referred to is not known to be another one; else that is told. */
export function isOfThisRepository(
  object: Branch,
  reference: Tree | undefined,
  { find, repository, tell }: Surroundings,
): boolean {
  if (textOf(lookUp(reference, "kind")) !== "GitRepository") return true;
  const namespace = textOf(lookUp(reference, "namespace")) || textOf(lookUp(object, "metadata", "namespace"));
  const source = find("GitRepository", textOf(lookUp(reference, "name")), namespace);
  const url = textOf(lookUp(source, "spec", "url"));
  if (repository.isHere(url)) return true;
  tell(`${shownObject(object)} is not rendered: it applies ${url}, which is not this repository`);
  return false;
}
