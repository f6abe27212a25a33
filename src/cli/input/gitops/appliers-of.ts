import { type Branch, lookUp, textOf } from "../tree/tree.ts";
import { applicationsOf } from "./application-set/applications-of.ts";
import type { Applier, Surroundings } from "./applier.ts";
import { argoAppliers } from "./argo.ts";
import { fluxApplier } from "./flux.ts";
import { helmReleaseApplier } from "./helm-release.ts";

/** The directories an object has applied; none for other kinds. What is not rendered is told. */
export function appliersOf(object: Branch, around: Surroundings): readonly Applier[] {
  const [group = ""] = textOf(lookUp(object, "apiVersion")).split("/");
  switch (`${group} ${textOf(lookUp(object, "kind"))}`) {
    case "kustomize.toolkit.fluxcd.io Kustomization":
      return fluxApplier(object, around);
    case "helm.toolkit.fluxcd.io HelmRelease":
      return helmReleaseApplier(object, around);
    case "argoproj.io Application":
      return argoAppliers(object, around);
    case "argoproj.io ApplicationSet":
      return applicationsOf(object, around).flatMap((application) => argoAppliers(application, around));
    default:
      return [];
  }
}
