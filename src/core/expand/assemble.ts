import { compact, present, sorted } from "../canonical.ts";
import type { Mirrors } from "../catalogue.ts";
import { selectorLabels, selectorRequirements } from "../checks/selector.ts";
import type { Expanding } from "../expand.ts";
import { inputsHash } from "../inputs.ts";
import { canonicalJson, type JsonObject, sha256Hex } from "../json.ts";
import type {
  ExpansionMemory,
  ExpansionNodes,
  ExpansionParallelism,
  ExpansionPreset,
  ExpansionService,
} from "../kinds/expansion.ts";
import type { Expansion } from "../kinds/workspace.ts";
import { mirrorImage } from "../mirrors.ts";
import { hourlyPriceUsd, roundUsd } from "../prices.ts";
import type { ChosenHardware } from "./hardware.ts";
import { mirroredPod } from "./mirrored-pod.ts";
import { placementOf } from "./placement.ts";
import { MODEL_PORT, nodeRequirements, RENDEZVOUS_PORT, tolerations } from "./pod.ts";
import { replicasOf } from "./replicas.ts";
import { place } from "./template.ts";

/** Everything that was decided about one Workspace. */
export interface Decided {
  readonly expanding: Expanding;
  readonly hardware: ChosenHardware;
  readonly provision: boolean;
  readonly region: string;
  readonly storageGiB: number;
  readonly nodeCount: number;
  readonly parallelism?: ExpansionParallelism;
  readonly memory?: ExpansionMemory;
  readonly preset?: ExpansionPreset;
  readonly api: readonly string[];
  readonly podTemplate: JsonObject;
  /** Where the user states none; absent: surge on one node. */
  readonly rollout?: "surge" | "recreate";
  readonly files: { readonly [name: string]: string };
}

const SHARE_KEY_HEX_DIGITS = 10;

/**
 * Puts the decisions into the one shape that is stored (design 4.1). Members are written in the order they are stored in,
 * here and where they come from: to sort them takes longer than to make them.
 */
export function assemble(decided: Decided): Expansion {
  const { expanding, hardware, podTemplate } = decided;
  const { workspace, release } = expanding;
  const nodes = nodesOf(decided);
  const size = hardware.typeName;
  const fallbackSizes = hardware.fallbacks.map((type) => type.name);
  const requirements = nodeRequirements({
    name: workspace.metadata.name ?? "",
    namespace: workspace.metadata.namespace ?? "",
    provider: release.defaults.provider,
    nodes,
    instanceTypes: [...(size === undefined ? [] : [size]), ...fallbackSizes],
    selector: selectorRequirements(workspace.resource?.labelSelector),
  });
  const placed = place(fromMirrors(decided, podTemplate), requirements, tolerations(nodes, hardware.gpuResource));
  // What is empty in a template of the user's means something.
  const stated = workspace.inference?.template !== undefined;
  const template = (stated ? sorted(placed) : compact(placed, ["volumes"])) as JsonObject;
  return present({
    catalog: release.id,
    fallbackInstanceTypes: fallbackSizes,
    files: sorted(decided.files),
    gpu: gpuOf(hardware),
    inputsHash: inputsHash(workspace),
    instanceType: size,
    memory: decided.memory,
    nodeCount: decided.nodeCount,
    nodes,
    parallelism: decided.parallelism,
    podTemplate: template,
    preset: decided.preset === undefined ? undefined : present({ ...fromMirror(decided.preset, release.mirrors) }),
    service: workspace.tuning === undefined ? serviceOf(decided) : undefined,
    workload: workloadOf(decided),
  }) as Expansion;
}

/** The last step on a preset's pod. Pods of users' own templates are theirs, images and all. */
function fromMirrors({ preset, expanding }: Decided, podTemplate: JsonObject): JsonObject {
  const { mirrors } = expanding.release;
  return preset === undefined || mirrors === undefined ? podTemplate : mirroredPod(podTemplate, mirrors);
}

/** With the image as it is pulled. */
function fromMirror(preset: ExpansionPreset, mirrors: Mirrors | undefined): ExpansionPreset {
  return mirrors === undefined ? preset : { ...preset, image: mirrorImage(preset.image, mirrors) };
}

function gpuOf(hardware: ChosenHardware): unknown {
  if (hardware.gpuCount === 0) return undefined;
  return present({
    computeCapability: hardware.computeCapability,
    memoryGiB: hardware.gpuMemoryGiB,
    model: hardware.gpuModel,
    perNode: hardware.gpuCount,
    resource: hardware.gpuResource,
  });
}

function nodesOf(decided: Decided): ExpansionNodes {
  const { expanding, hardware, provision, region } = decided;
  const { options, release, workspace } = expanding;
  const price = hardware.type === undefined ? undefined : hourlyPriceUsd(release, hardware.type, region);
  const placement = placementOf(expanding);
  // KAITO takes an empty name for the default class.
  const nodeClass = (options.nodeClassName ?? "") === "" ? undefined : { name: options.nodeClassName };
  return present({
    capacityTypes: options.capacityTypes ?? release.defaults.capacityTypes,
    hourlyPriceUsd: price === undefined || !provision ? undefined : roundUsd(price * decided.nodeCount),
    imageFamily: provision ? (options.imageFamily ?? release.defaults.imageFamily) : undefined,
    labels: sorted(selectorLabels(workspace.resource?.labelSelector)),
    maxHourlyPriceUsd: options.maxHourlyPriceUsd,
    nodeClass,
    placement,
    provision,
    region,
    share: provision && placement === "shared" ? shareKey(expanding) : undefined,
    storageGiB: decided.storageGiB,
    zones: options.zones,
  }) as ExpansionNodes;
}

/** Workspaces of one namespace with equal selectors may share nodes: 10 hex of sha256(namespace + canonical selector). */
function shareKey(expanding: Expanding): string {
  const { metadata, resource } = expanding.workspace;
  return sha256Hex((metadata.namespace ?? "") + canonicalJson(resource?.labelSelector ?? {})).slice(
    0,
    SHARE_KEY_HEX_DIGITS,
  );
}

function workloadOf(decided: Decided): unknown {
  const { options, workspace } = decided.expanding;
  const name = workspace.metadata.name;
  if (workspace.tuning !== undefined) return present({ kind: "Job", name, ttlSeconds: options.ttlSeconds });
  const replicas = replicasOf(decided.expanding, decided.preset?.runtime);
  return present({
    adopt: options.adopt === true ? true : undefined,
    kind: decided.nodeCount > 1 ? "StatefulSet" : "Deployment",
    name,
    replicas: replicas === "external" ? undefined : replicas,
    rollout: options.rollout ?? decided.rollout ?? (decided.nodeCount > 1 ? "recreate" : "surge"),
  });
}

const HTTP = { name: "http", port: 80, protocol: "TCP", targetPort: MODEL_PORT };
// The rendezvous port of distributed runs never goes on a load balancer.
const PORTS = [HTTP, { name: "rendezvous", port: RENDEZVOUS_PORT, protocol: "TCP", targetPort: RENDEZVOUS_PORT }];

function serviceOf(decided: Decided): ExpansionService {
  const { loadBalancer, allowFrom } = decided.expanding.options;
  return {
    ...(allowFrom === undefined ? {} : { allowFrom }),
    api: decided.api,
    ports: loadBalancer ? [HTTP] : PORTS,
    type: loadBalancer ? "LoadBalancer" : "ClusterIP",
  };
}
