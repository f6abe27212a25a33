import { nameOf, namespaceOf, objectAt, textAt } from "../capacity/fields.ts";
import type { JsonObject } from "../json.ts";
import type { Applier } from "./plan-uninstall.ts";

/** Who is named on an object as the one that applied it. */
export interface AppliedBy {
  readonly tool: "flux-kustomization" | "flux-helm-release" | "argo-application" | "helm-release";
  /** Absent for an Application: its namespace is not on the object. */
  readonly namespace?: string;
  readonly name: string;
}

/** Labels of Flux's kustomize- and helm-controller, Argo CD's tracking annotation, Helm's annotations. */
export function appliedBy(object: JsonObject): AppliedBy | undefined {
  const label = (key: string) => textAt(object, "metadata", "labels", key);
  const annotation = (key: string) => textAt(object, "metadata", "annotations", key);
  for (const [tool, group] of [
    ["flux-helm-release", "helm.toolkit.fluxcd.io"],
    ["flux-kustomization", "kustomize.toolkit.fluxcd.io"],
  ] as const) {
    const [namespace, name] = [label(`${group}/namespace`), label(`${group}/name`)];
    if (namespace !== undefined && name !== undefined) return { tool, namespace, name };
  }
  // APP:GROUP/KIND:NAMESPACE/NAME; an application outside Argo CD's namespace is NAMESPACE_APP.
  const [app] = annotation("argocd.argoproj.io/tracking-id")?.split(":") ?? [];
  if (app !== undefined && app !== "") return { tool: "argo-application", name: app.split("_").at(-1) ?? app };
  const [name, namespace] = [annotation("meta.helm.sh/release-name"), annotation("meta.helm.sh/release-namespace")];
  if (name !== undefined && namespace !== undefined) return { tool: "helm-release", namespace, name };
  return undefined;
}

/** What a Kustomization or HelmRelease of Flux that exists does about removed objects; undefined: nothing. */
export function fluxApplier(kind: "Kustomization" | "HelmRelease", object: JsonObject): Applier | undefined {
  if (objectAt(object, "spec")["suspend"] === true || textAt(object, "metadata", "deletionTimestamp") !== undefined)
    return undefined;
  const [namespace, name] = [namespaceOf(object), nameOf(object)];
  return {
    what: `Flux's ${kind} ${namespace}/${name}`,
    remedy: `take it out of git, or kubectl patch ${kind.toLowerCase()} ${name} -n ${namespace} --type=merge -p '{"spec":{"suspend":true}}'`,
  };
}

/** The same of an Application: only one that syncs by itself puts anything back. */
export function argoApplier(object: JsonObject): Applier | undefined {
  const { automated } = objectAt(object, "spec", "syncPolicy");
  if (automated === undefined || automated === null || objectAt(automated)["enabled"] === false) return undefined;
  if (textAt(object, "metadata", "deletionTimestamp") !== undefined) return undefined;
  const [namespace, name] = [namespaceOf(object), nameOf(object)];
  return {
    what: `Argo CD's Application ${namespace}/${name}`,
    remedy: `take it out of git, or kubectl patch application ${name} -n ${namespace} --type=merge -p '{"spec":{"syncPolicy":{"automated":null}}}'`,
  };
}

/** A release that Helm remembers: it would be left as a record of what is not there. */
export function helmApplier({ namespace, name }: AppliedBy): Applier {
  return {
    what: `Helm's release ${namespace}/${name}`,
    remedy: `helm uninstall ${name} -n ${namespace}, then run this again for what Helm leaves`,
  };
}
