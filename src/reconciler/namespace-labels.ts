import { objectAt, objectsAt, textAt, textMapAt } from "../core/capacity/fields.ts";
import type { Labels } from "../core/capacity/requirements.ts";
import type { JsonObject } from "../core/json.ts";
import type { Kube } from "../kube/kube.ts";
import { NAMESPACES } from "../kube/resources.ts";
import { get } from "../kube/verbs.ts";

const KINDS = ["podAffinity", "podAntiAffinity"];

/**
 * Labels of the namespaces of these pods, one read each; undefined where no pod selects namespaces by their labels, which is
 * nearly always. Namespaces are neither listed nor watched: that would take rights over all of them.
 * @param templates pod specs of pods to come
 */
export async function namespaceLabels(
  kube: Kube,
  pods: readonly JsonObject[],
  templates: readonly JsonObject[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Labels> | undefined> {
  const specs = [...pods.map((pod) => objectAt(pod, "spec")), ...templates];
  if (!specs.some(selectsNamespaces)) return undefined;
  const names = [...new Set(pods.map((pod) => textAt(pod, "metadata", "namespace") ?? ""))];
  const found = await Promise.all(names.map((name) => get(kube, { resource: NAMESPACES, name }, { signal })));
  return new Map(names.map((name, i) => [name, textMapAt(found[i], "metadata", "labels")]));
}

function selectsNamespaces(spec: JsonObject): boolean {
  return KINDS.some((kind) =>
    [
      ...objectsAt(spec, "affinity", kind, "requiredDuringSchedulingIgnoredDuringExecution"),
      ...objectsAt(spec, "affinity", kind, "preferredDuringSchedulingIgnoredDuringExecution").map((one) =>
        objectAt(one, "podAffinityTerm"),
      ),
    ].some((term) => term["namespaceSelector"] !== undefined),
  );
}
