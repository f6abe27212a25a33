import { findInstanceType, type InstanceType } from "../catalogue.ts";
import { adaptersEphemeralGiB } from "../expand/adapters.ts";
import { presetPath } from "../expand/former.ts";
import { constraintsOf } from "../expand/price.ts";
import { offers } from "../expand/rank.ts";
import type { InputAnnotation } from "../inputs.ts";
import { annotationPath } from "../options.ts";
import { priceOf, shownPrice, shownSource } from "../prices.ts";
import type { Decided } from "./decided.ts";
import type { Provenance } from "./explanation.ts";
import { hardwareName, nodesName } from "./flag-values.ts";
import { counted, shownNumber } from "./quantity.ts";

type Rule = (decided: Decided) => Provenance;

/** Where the value at a path below `expansion` comes from. */
export function provenanceAt(decided: Decided, path: string): Provenance {
  // Extended resources are named with a domain: nvidia.com/gpu.
  if (path.startsWith("requests.") && path.includes("/")) return gpuCount(decided);
  const rule = rules.find(([prefix]) => path === prefix || path.startsWith(`${prefix}.`))?.[1];
  return rule === undefined ? { origin: "default", source: "Foresail" } : rule(decided);
}

/** In the order of the expansion; the first prefix that matches counts. */
const rules: readonly (readonly [string, Rule])[] = [
  ["catalog", stated("foresail.dev/catalog", () => ({ origin: "default", source: "the release that runs" }))],
  ["preset.name", (decided) => field(presetPath(decided.expanding.workspace))],
  ["preset.runtime", stated("kaito.sh/runtime", runtimeImage)],
  ["preset.image", runtimeImage],
  ["preset", ({ model }) => ({ origin: "preset", source: `preset ${model?.name}` })],
  ["instanceType", instanceType],
  ["fallbackInstanceTypes", stated("foresail.dev/fallback-instance-types", foresail)],
  ["nodeCount", fitted],
  ["gpu.perNode", gpuCount],
  ["gpu", gpu],
  ["parallelism", fitted],
  ["memory", fitted],
  ["nodes.provision", stated("foresail.dev/provision", defaults)],
  ["nodes.placement", stated("foresail.dev/placement", defaults)],
  ["nodes.region", stated("foresail.dev/region", defaults)],
  ["nodes.zones", stated("foresail.dev/zones", foresail)],
  ["nodes.capacityTypes", stated("foresail.dev/capacity-type", defaults)],
  ["nodes.storageGiB", nodeStorage],
  ["nodes.hourlyPriceUsd", price],
  ["nodes.maxHourlyPriceUsd", limit],
  ["nodes.nodeClass", stated("kaito.sh/node-class-name", foresail)],
  ["nodes.imageFamily", stated("kaito.sh/node-image-family", defaults)],
  ["nodes.share", () => field("resource.labelSelector")],
  ["nodes.labels", () => field("resource.labelSelector")],
  ["workload.kind", workloadKind],
  ["workload.name", () => field("metadata.name")],
  ["workload.replicas", stated("foresail.dev/replicas", replicas)],
  ["workload.rollout", stated("foresail.dev/rollout", rollout)],
  ["service.type", serviceType],
  ["service.ports", serviceType],
  ["service.allowFrom", stated("foresail.dev/allow-from", foresail)],
  ["service.api", stated("foresail.dev/chat-api", runtimeImage)],
  ["files", stated("foresail.dev/api-key-secret", defaults)],
  ["requests.ephemeral-storage", storage],
  ["requests", requests],
];

/** An annotation of the Workspace where it is stated. */
function stated(name: InputAnnotation, otherwise: Rule): Rule {
  return (decided) =>
    decided.expanding.workspace.metadata.annotations?.[name] === undefined
      ? otherwise(decided)
      : { origin: "git", source: name, field: annotationPath(name) };
}

function field(path: string): Provenance {
  return { origin: "git", source: path, field: path };
}

function foresail(): Provenance {
  return { origin: "default", source: "Foresail" };
}

function defaults({ expanding }: Decided): Provenance {
  return { origin: "default", source: `defaults of catalogue ${expanding.release.id}` };
}

function runtimeImage({ chosen }: Decided): Provenance {
  if (chosen === undefined) return foresail();
  const { image, hardware } = chosen;
  const built = hardware.computeCapability === undefined ? "" : `, built for capability ${hardware.computeCapability}`;
  return { origin: "default", source: `runtime image ${image.name}${built}` };
}

function instanceType(decided: Decided): Provenance {
  const { chosen, expanding } = decided;
  const name = expanding.workspace.resource?.instanceType ?? "";
  if (name !== "") return field("resource.instanceType");
  if (chosen === undefined) return foresail();
  const { job, region } = chosen;
  const allowed = constraintsOf(expanding, job);
  const fits = offers(expanding.release, job, region, allowed);
  const source = `cheapest of ${counted(fits.length, "size")} in ${region} that fit`;
  const { maxHourlyPriceUsd, ...free } = allowed;
  const first = maxHourlyPriceUsd === undefined ? fits[0] : offers(expanding.release, job, region, free)[0];
  if (first?.type === fits[0]?.type) return { origin: "size", source };
  return { ...limit(), source: `${source} and cost at most $${maxHourlyPriceUsd}/h` };
}

function limit(): Provenance {
  const name = "foresail.dev/max-hourly-price";
  return { origin: "policy", source: name, field: annotationPath(name) };
}

function fitted(decided: Decided): Provenance {
  const { model, chosen, expanding } = decided;
  if (chosen === undefined) return foresail();
  if (chosen.fit === undefined) return { origin: "default", source: "nothing was sized" };
  const doing = expanding.workspace.tuning === undefined ? "" : "tuning ";
  return { origin: "size", source: `memory model: ${doing}${model?.name} on ${nodesName(chosen)}` };
}

/** A template asks for its GPUs itself. */
function gpuCount(decided: Decided): Provenance {
  return decided.model === undefined ? field("inference.template") : gpu(decided);
}

function gpu(decided: Decided): Provenance {
  const { chosen } = decided;
  const { workspace, options, release } = decided.expanding;
  if (workspace.resource?.partition !== undefined) return field("resource.partition");
  const type = typeOf(decided);
  if (type !== undefined) {
    const { name, gpuModel, gpuMemoryGiB } = type;
    const { podsPerNode } = chosen?.hardware ?? {};
    const whole = chosen === undefined || podsPerNode !== undefined;
    const holds = whole ? `${type.gpuCount} × ${gpuModel} ${gpuMemoryGiB} GiB` : hardwareName(chosen);
    const source = `instance type ${name} has ${holds}`;
    return { origin: "size", source: podsPerNode === undefined ? source : `${source}, shared: as many as are needed` };
  }
  if (options.gpu !== undefined) {
    return { origin: "git", source: "foresail.dev/gpu", field: annotationPath("foresail.dev/gpu") };
  }
  return release.defaults.gpu === undefined ? foresail() : defaults(decided);
}

/** The size that was chosen, or that a template names. */
function typeOf({ chosen, expanding }: Decided): InstanceType | undefined {
  if (chosen !== undefined) return chosen.hardware.type;
  return findInstanceType(expanding.release, expanding.workspace.resource?.instanceType ?? "");
}

const weightsAt = { image: "in the image", download: "downloaded", claim: "in a claim", node: "on the node" } as const;

function storage({ model, server, expanding }: Decided): Provenance {
  if (model === undefined) return foresail();
  const { inference, tuning } = expanding.workspace;
  const adaptersGiB = adaptersEphemeralGiB(inference?.adapters ?? []);
  const adapters = adaptersGiB === 0 ? "" : `, ${adaptersGiB} GiB for adapters`;
  const run = tuning === undefined ? "" : ", data, results";
  const where = server === undefined ? "" : ` ${weightsAt[server.weights.kind]}`;
  const source = `${shownNumber(model.weightsGiB)} GiB of weights${where}${adapters}${run}, image and logs`;
  return { origin: "preset", source };
}

function nodeStorage(decided: Decided): Provenance {
  const { podsPerNode } = decided.chosen?.hardware ?? {};
  const { origin, source } = storage(decided);
  return { origin, source: podsPerNode === undefined ? source : `for ${podsPerNode} such pods: ${source}` };
}

function price(decided: Decided): Provenance {
  const { chosen, expanding } = decided;
  const { release, options } = expanding;
  const type = typeOf(decided);
  const region = options.region ?? release.defaults.region;
  const found = type === undefined ? undefined : priceOf(release, type, region);
  if (found === undefined) return { origin: "size", source: `no price in ${region}` };
  const nodes = chosen?.fit === undefined || chosen.fit.nodeCount === 1 ? "" : `${chosen.fit.nodeCount} × `;
  const whole = chosen?.hardware.podsPerNode === undefined ? "" : ", the whole node";
  const source = `${nodes}${shownPrice(found.hourlyUsd, found.bound)}${whole} in ${region}: ${shownSource(found.table)}`;
  return { origin: "size", source };
}

function workloadKind({ expanding, chosen }: Decided): Provenance {
  if (expanding.workspace.tuning !== undefined) return field("tuning");
  const nodes = chosen?.fit?.nodeCount ?? 1;
  return { origin: "size", source: nodes === 1 ? "one node holds a replica" : `${nodes} nodes hold a replica` };
}

function replicas({ expanding, chosen }: Decided): Provenance {
  const counts = chosen?.image.runtime !== "vllm" && expanding.workspace.tuning === undefined;
  return counts ? field("resource.count") : foresail();
}

function rollout(decided: Decided): Provenance {
  const { chosen, server } = decided;
  if (server?.weights.kind === "claim") {
    return { origin: "git", source: "foresail.dev/weights-claim", field: annotationPath("foresail.dev/weights-claim") };
  }
  return (chosen?.fit?.nodeCount ?? 1) > 1 ? workloadKind(decided) : foresail();
}

function serviceType({ expanding }: Decided): Provenance {
  const name = "kaito.sh/enablelb";
  return expanding.options.loadBalancer ? { origin: "git", source: name, field: annotationPath(name) } : foresail();
}

function requests({ chosen, expanding, model }: Decided): Provenance {
  if (model === undefined) return field("inference.template");
  const types = [chosen?.hardware.type, ...(chosen?.hardware.fallbacks ?? [])].flatMap((type) => type?.name ?? []);
  if (types.length === 0) return { origin: "preset", source: `weights of ${model.name}; the node is not known` };
  const overlaid = expanding.workspace.inference?.template === undefined ? "" : ", then inference.template";
  const { podsPerNode, partOfNode } = chosen?.hardware ?? {};
  const gpus = chosen?.hardware.gpuCount ?? 1;
  const part =
    podsPerNode === undefined || partOfNode === undefined ? "" : `${gpus}/${Math.round(gpus / partOfNode)} of `;
  return { origin: "size", source: `${part}0.7 of ${types.join(", ")}, less where less is left${overlaid}` };
}
