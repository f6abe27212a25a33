import { objectAt, objectsAt } from "../capacity/fields.ts";
import { GPU_TAINT } from "../capacity/gpu-taint.ts";
import { untolerated } from "../capacity/requirements.ts";
import { type Issue, warning } from "../issue.ts";
import type { JsonObject } from "../json.ts";
import { isDevicePlugin } from "../status/device-plugin.ts";
import type { RepositoryCheck } from "./repository.ts";

/** A device plugin that does not tolerate the taint of the nodes that are bought: their GPUs never appear. */
export const devicePlugins: RepositoryCheck = (all) => {
  const resources = new Set(
    all.flatMap(({ workspace }) => {
      const { gpu, nodes } = workspace?.expansion ?? {};
      return gpu === undefined || nodes?.provision !== true ? [] : [gpu.resource];
    }),
  );
  return all
    .filter(({ object }) => object["kind"] === "DaemonSet")
    .filter(({ object }) => [...resources].some((resource) => isDevicePlugin(object, resource)))
    .filter(({ object }) => untolerated([GPU_TAINT], tolerationsOf(object)).length > 0)
    .map((seen) => ({ seen, issue: untoleratedIssue(seen.object) }));
};

function tolerationsOf(daemonSet: JsonObject): readonly JsonObject[] {
  return objectsAt(daemonSet, "spec", "template", "spec", "tolerations");
}

function untoleratedIssue(daemonSet: JsonObject): Issue {
  const path = "spec.template.spec.tolerations";
  const text = `${path}: none for sku=gpu:NoSchedule, which nodes bought for Workspaces carry: the plugin leaves them out and their GPUs never appear`;
  const toleration = { key: GPU_TAINT.key, operator: "Equal", value: GPU_TAINT.value, effect: GPU_TAINT.effect };
  const pointer = "/spec/template/spec/tolerations";
  const isStated = Array.isArray(objectAt(daemonSet, "spec", "template", "spec")["tolerations"]);
  const patch = isStated
    ? [{ op: "add" as const, path: `${pointer}/-`, value: toleration }]
    : [{ op: "add" as const, path: pointer, value: [toleration] }];
  return { ...warning(path, "nodes/device-plugin", text), fix: { describes: "tolerate sku=gpu:NoSchedule", patch } };
}
