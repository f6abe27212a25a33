import { type AppliedBy, appliedBy, argoApplier, fluxApplier, helmApplier } from "../../core/uninstall/appliers.ts";
import type { Applier } from "../../core/uninstall/plan-uninstall.ts";
import { isUnserved } from "../../kube/error.ts";
import type { Kube } from "../../kube/kube.ts";
import { listIfServed } from "../../kube/list.ts";
import type { Resource } from "../../kube/resources.ts";
import { get } from "../../kube/verbs.ts";
import type { Installed } from "./installed.ts";

const APPLICATIONS: Resource = {
  group: "argoproj.io",
  version: "v1alpha1",
  plural: "applications",
  kind: "Application",
  namespaced: true,
};
const FLUX = {
  "flux-kustomization": {
    group: "kustomize.toolkit.fluxcd.io",
    version: "v1",
    plural: "kustomizations",
    kind: "Kustomization",
    namespaced: true,
  },
  "flux-helm-release": {
    group: "helm.toolkit.fluxcd.io",
    version: "v2",
    plural: "helmreleases",
    kind: "HelmRelease",
    namespaced: true,
  },
} as const;

/** Who would put these objects back: each tool that their labels name, where it is there and at work. */
export async function readAppliers(kube: Kube, parts: readonly Installed[]): Promise<readonly Applier[]> {
  const named = parts.flatMap(({ object }) => appliedBy(object) ?? []);
  const unique = new Map(named.map((one) => [JSON.stringify([one.tool, one.namespace, one.name]), one]));
  const found = await Promise.all([...unique.values()].map((one) => read(kube, one)));
  return found.flat();
}

async function read(kube: Kube, by: AppliedBy): Promise<readonly Applier[]> {
  if (by.tool === "helm-release") return [helmApplier(by)];
  if (by.tool === "argo-application") {
    const applications = await listIfServed(kube, APPLICATIONS);
    return applications.filter(({ metadata }) => metadata.name === by.name).flatMap((one) => argoApplier(one) ?? []);
  }
  const resource = FLUX[by.tool];
  try {
    const object = await get(kube, { resource, name: by.name, namespace: by.namespace ?? "" });
    return object === undefined ? [] : [fluxApplier(resource.kind, object) ?? []].flat();
  } catch (error) {
    if (isUnserved(error)) return [];
    throw error;
  }
}
