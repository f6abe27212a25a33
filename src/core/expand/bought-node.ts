import { objectAt, objectsAt } from "../capacity/fields.ts";
import { isGpuResource, podRequests } from "../capacity/resources.ts";
import { error, type Issue } from "../issue.ts";
import type { JsonObject } from "../json.ts";
import type { ChosenHardware } from "./hardware.ts";

const SPEC = "inference.template.spec";
const OWN_NODES = 'use nodes of your own, foresail.dev/provision: "false"';

/** What a pod template asks for that no node has that is bought for it: it would be paid for in vain, or never be bought. */
export function boughtNodeIssues(template: JsonObject, hardware: ChosenHardware, provision: boolean): readonly Issue[] {
  if (!provision) return [];
  const spec = objectAt(template, "spec");
  return [...foreignGpus(spec, hardware), ...resourceClaims(spec)];
}

/** GPUs of another vendor, or parts of GPUs: a node that is bought is used whole. */
function foreignGpus(spec: JsonObject, { type, gpuResource, gpuCount }: ChosenHardware): readonly Issue[] {
  const foreign = [...podRequests(spec)].filter(
    ([name, count]) => isGpuResource(name) && name !== gpuResource && count > 0,
  );
  return foreign.map(([name, count]) => {
    const size = type?.name ?? "the size";
    const has = `${size} has ${gpuCount} of ${gpuResource} and none of these`;
    const parts = name.endsWith(".com/gpu") ? "" : `, or for parts of GPUs ${OWN_NODES}, with resource.partition`;
    const text = `${SPEC}.containers ask for ${count} of ${name}, and ${has}: ask for ${gpuResource}${parts}`;
    return error(`${SPEC}.containers`, "template/gpu-resource", text);
  });
}

/** What a new node would offer to claims (DRA) is not known before it is there. */
function resourceClaims(spec: JsonObject): readonly Issue[] {
  const claims = objectsAt(spec, "resourceClaims");
  if (claims.length === 0) return [];
  const path = `${SPEC}.resourceClaims`;
  const text = `${path} has ${claims.length === 1 ? "1 claim" : `${claims.length} claims`}, and no node is bought for claims of devices (DRA): ask for GPUs with resources.limits, or ${OWN_NODES}`;
  return [error(path, "template/resource-claims", text)];
}
