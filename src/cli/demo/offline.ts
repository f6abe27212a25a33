import { readFileSync } from "node:fs";
import { numberAt, objectAt, textsAt } from "../../core/capacity/fields.ts";
import { ownerOf } from "../../core/capacity/owner.ts";
import { planCapacity } from "../../core/capacity/plan-capacity.ts";
import { demandOf } from "../../core/capacity/pod.ts";
import type { Catalogue } from "../../core/catalogue.ts";
import { children } from "../../core/children/children.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Workspace } from "../../core/kinds/workspace.ts";
import { readManifests } from "../input/read-source.ts";
import { asStored } from "../stored.ts";
import { type Example, examples } from "./examples.ts";
import { expansionTold } from "./story.ts";
import type { View } from "./view.ts";

/** What can be shown without a cluster: what admission makes of each example, its objects, and the nodes it would ask for. */
export function showOffline(catalogue: Catalogue, view: View): void {
  view.part("Without a control plane: what would happen to the four manifests");
  for (const example of examples) {
    for (const line of offlineLines(example, catalogue)) view.text(line);
  }
  view.text("\nforesail render examples/ prints them whole.");
}

function offlineLines({ shown, path, namespace }: Example, catalogue: Catalogue): readonly string[] {
  const manifests = readManifests({ shown, text: readFileSync(path, "utf8") });
  return manifests.flatMap(({ object }) => {
    const { workspace, issues } = asStored(object, namespace, catalogue);
    const warnings = issues.map(({ level, message }) => `  ${level}: ${message}`);
    return [`\n${shown}`, ...warnings, ...(workspace === undefined ? [] : workspaceLines(workspace, catalogue))];
  });
}

function workspaceLines(workspace: Workspace, catalogue: Catalogue): readonly string[] {
  const { expansion } = workspace;
  if (expansion === undefined) return [];
  const objects = children(workspace).map((child) => `${child["kind"]} ${objectAt(child, "metadata")["name"]}`);
  const claims = claimsFor(workspace, catalogue).map((claim) => {
    const sizes = textsAt(requirement(claim, "node.kubernetes.io/instance-type"), "values");
    return `  it would ask for the node ${sizes.join(" or ")} (NodeClaim)`;
  });
  return [`  ${expansionTold(expansion)}`, `  its objects: ${objects.join(", ")}`, ...claims];
}

function requirement(claim: JsonObject, key: string): JsonObject | undefined {
  const all = objectAt(claim, "spec")["requirements"];
  return (Array.isArray(all) ? (all as readonly JsonObject[]) : []).find((one) => one["key"] === key);
}

/** The claims a fresh Workspace leads to, by the planner the reconciler runs. */
function claimsFor(workspace: Workspace, catalogue: Catalogue): readonly JsonObject[] {
  const { expansion, metadata } = workspace;
  if (expansion === undefined) return [];
  const podSpec = objectAt(expansion.podTemplate, "spec");
  const pods = (numberAt(expansion, "workload", "replicas") ?? 1) * expansion.nodeCount;
  const plan = planCapacity({
    owner: ownerOf(workspace, expansion),
    pods: [],
    ahead: Array.from({ length: pods }, (_, i) => demandOf(`${metadata.namespace}/${metadata.name}-${i}`, podSpec)),
    nodes: [],
    claims: [],
    release: catalogue.current,
    attempts: [],
    desiredPods: pods,
    limits: {},
    usage: { nodes: 0, gpus: 0, hourlyPriceUsd: 0 },
    settings: {
      provider: "karpenter",
      nodeClass: { group: "karpenter.kwok.sh", kind: "KWOKNodeClass", name: "default" },
    },
    nowMs: 0,
  });
  return plan.create;
}
