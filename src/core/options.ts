import { annotationValues } from "./annotations/values.ts";
import { isCidr } from "./cidr.ts";
import { durationMs } from "./duration.ts";
import type { InputAnnotation } from "./inputs.ts";
import { upgradeAnnotation } from "./inputs.ts";
import { error, type Issue, warning } from "./issue.ts";
import type { ExpansionCaller } from "./kinds/expansion.ts";
import type { Workspace } from "./kinds/workspace.ts";
import { shown } from "./schema.ts";
import { unknownAnnotations } from "./unknown-annotations.ts";

/** Hardware stated by `foresail.dev/gpu`. */
export interface StatedGpu {
  readonly count: number;
  /** A GPU of the catalogue, as in `4xA100-80GB`; absent for `2x80Gi/8.0`. */
  readonly model?: string;
  readonly memoryGiB: number;
  readonly computeCapability?: string;
}

/** The annotations of a Workspace, parsed. Absent members were not stated. */
export interface Options {
  /** Whether what KAITO runs for it is replaced. */
  readonly adopt?: boolean;
  readonly catalog?: string;
  readonly fallbackInstanceTypes: readonly string[];
  readonly maxHourlyPriceUsd?: number;
  readonly capacityTypes?: readonly string[];
  readonly zones: readonly string[];
  readonly region?: string;
  readonly provision?: boolean;
  readonly gpu?: StatedGpu;
  readonly placement?: "dedicated" | "shared";
  readonly replicas?: number | "external";
  readonly rollout?: "surge" | "recreate";
  /** How long a Workspace whose training is complete stays, seconds. */
  readonly ttlSeconds?: number;
  readonly runtime?: "vllm" | "transformers";
  readonly loadBalancer: boolean;
  readonly imageFamily?: string;
  readonly nodeClassName?: string;
  readonly performanceMode?: "balanced" | "interactivity" | "throughput";
  readonly bypassResourceChecks: boolean;
  /** Who may call the model; absent: everybody. */
  readonly allowFrom?: readonly ExpansionCaller[];
  /** Secret whose key API_KEY callers must present. */
  readonly apiKeySecret?: string;
  /** Whether `/chat` is answered beside the OpenAI API. */
  readonly chatApi?: boolean;
  /** PersistentVolumeClaim that holds, or shall hold, the weights. */
  readonly weightsClaim?: string;
  /** Weights lie on the node, where KAITO expects them. */
  readonly useLocalWeights?: boolean;
}

const GPU_BY_MODEL = /^(\d{1,2})x([A-Za-z][A-Za-z0-9-]*?)(?:-(\d{1,4})GB)?$/;
const GPU_BY_MEMORY = /^(\d{1,2})x(\d{1,4})Gi\/(\d{1,2}\.\d)$/;
const MOST_REPLICAS = 10_000;
const MOST_WORDS = 20;
// 20 words of 63 characters with room for spaces; a longer list is not split at all.
const LONGEST_LIST = 2000;

/** Parses the annotations; every wrong one is an issue and is left out of the options. */
export function readOptions(workspace: Workspace): { readonly options: Options; readonly issues: readonly Issue[] } {
  const annotations = workspace.metadata.annotations ?? {};
  const issues: Issue[] = [
    ...unknownAnnotations(annotations),
    ...upgradeMode(annotations),
    ...loadBalancer(annotations),
  ];
  const read = <T>(name: InputAnnotation, parse: (value: string) => T | undefined): T | undefined => {
    const given = annotations[name];
    if (given === undefined) return undefined;
    const value = parse(given);
    if (value === undefined)
      issues.push(
        error(
          annotationPath(name),
          "annotation/invalid",
          `${annotationPath(name)} must be ${annotationValues[name]}, given ${shown(given)}`,
        ),
      );
    return value;
  };
  const choice = <V extends string>(name: InputAnnotation, values: readonly V[]): V | undefined =>
    annotations[name] === undefined ? undefined : read(name, (value) => values.find((v) => v === value));
  const options = {
    adopt: read("foresail.dev/adopt", truth),
    catalog: annotations["foresail.dev/catalog"],
    fallbackInstanceTypes: read("foresail.dev/fallback-instance-types", words) ?? [],
    maxHourlyPriceUsd: read("foresail.dev/max-hourly-price", price),
    capacityTypes: read("foresail.dev/capacity-type", capacityTypes),
    zones: read("foresail.dev/zones", words) ?? [],
    region: read("foresail.dev/region", (value) => (/^[a-z0-9-]{1,40}$/.test(value) ? value : undefined)),
    provision: read("foresail.dev/provision", truth),
    gpu: read("foresail.dev/gpu", statedGpu),
    placement: choice("foresail.dev/placement", ["dedicated", "shared"] as const),
    replicas: read("foresail.dev/replicas", replicas),
    rollout: choice("foresail.dev/rollout", ["surge", "recreate"] as const),
    ttlSeconds: read("foresail.dev/ttl", seconds),
    runtime: choice("kaito.sh/runtime", ["vllm", "transformers"] as const),
    // KAITO compares with exactly "True".
    loadBalancer: annotations["kaito.sh/enablelb"] === "True",
    imageFamily: read("kaito.sh/node-image-family", (value) =>
      ["ubuntu", "azurelinux"].find((f) => f === value.trim().toLowerCase()),
    ),
    nodeClassName: read("kaito.sh/node-class-name", (value) =>
      /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?$/.test(value) ? value : undefined,
    ),
    performanceMode: choice("kaito.sh/performance-mode", ["balanced", "interactivity", "throughput"] as const),
    // In KAITO its presence counts, even with "false": nobody who writes that means to bypass anything.
    bypassResourceChecks: (annotations["kaito.sh/bypass-resource-checks"] ?? "false").trim().toLowerCase() !== "false",
    allowFrom: read("foresail.dev/allow-from", callers),
    apiKeySecret: read("foresail.dev/api-key-secret", objectName),
    chatApi: read("foresail.dev/chat-api", truth),
    weightsClaim: read("foresail.dev/weights-claim", objectName),
    useLocalWeights: read("kaito.sh/use-local-weights", truth),
  };
  return { options: withoutUndefined(options), issues };
}

export function annotationPath(name: string): string {
  return `metadata.annotations[${name}]`;
}

/** Not an input: it can change without admission, so a wrong value must not make a valid expansion invalid. */
function upgradeMode(annotations: { readonly [key: string]: string }): readonly Issue[] {
  const given = annotations[upgradeAnnotation];
  if (given === undefined || given === "pinned" || given === "follow") return [];
  const text = `${upgradeAnnotation} must be pinned or follow, given ${shown(given.slice(0, 20))}: pinned is used`;
  return [warning(annotationPath(upgradeAnnotation), "annotation/invalid", text)];
}

/** Anything but "True" is false to KAITO; refusing what it takes would break manifests that work. */
function loadBalancer(annotations: { readonly [key: string]: string }): readonly Issue[] {
  const given = annotations["kaito.sh/enablelb"];
  if (given === undefined || given === "True" || given === "False" || given === "false") return [];
  const text = `kaito.sh/enablelb is ${shown(given.slice(0, 20))}: only "True" with a capital T makes a load balancer`;
  return [warning(annotationPath("kaito.sh/enablelb"), "annotation/invalid", text)];
}

function seconds(value: string): number | undefined {
  const ms = durationMs(value);
  return ms === undefined ? undefined : Math.ceil(ms / 1000);
}

function words(value: string): readonly string[] | undefined {
  if (value.length > LONGEST_LIST) return undefined;
  const all = value.split(",").map((word) => word.trim());
  if (all.length > MOST_WORDS || !all.every((word) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(word))) return undefined;
  return [...new Set(all)];
}

/** `team-a`: every pod of a namespace; `team-a/app=web`: those with a label; `10.0.0.0/8`: addresses. */
function callers(value: string): readonly ExpansionCaller[] | undefined {
  if (value.length > LONGEST_LIST) return undefined;
  const all = [...new Set(value.split(",").map((word) => word.trim()))].map(caller);
  return all.length <= MOST_WORDS && all.every((one) => one !== undefined) ? all : undefined;
}

const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = "(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\\.)*[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
const LABEL_WORD = "[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
// One label as the API server takes it: a key with or without a domain, and a value.
const POD_LABEL = new RegExp(`^((?:${SUBDOMAIN}/)?${LABEL_WORD})=(${LABEL_WORD})$`);
const LONGEST_DOMAIN = 253;
const OBJECT_NAME = new RegExp(`^${SUBDOMAIN}$`);

function caller(word: string): ExpansionCaller | undefined {
  if (isCidr(word)) return { cidr: word };
  if (NAMESPACE.test(word)) return { namespace: word };
  const slash = word.indexOf("/");
  const label = POD_LABEL.exec(word.slice(slash + 1));
  if (slash < 1 || label === null || !NAMESPACE.test(word.slice(0, slash))) return undefined;
  if (String(label[1]).lastIndexOf("/") > LONGEST_DOMAIN) return undefined;
  return { namespace: word.slice(0, slash), podLabels: { [String(label[1])]: String(label[2]) } };
}

/** A DNS subdomain, as the API server wants names of most objects. */
function objectName(value: string): string | undefined {
  return value.length <= LONGEST_DOMAIN && OBJECT_NAME.test(value) ? value : undefined;
}

function truth(value: string): boolean | undefined {
  return value === "true" ? true : value === "false" ? false : undefined;
}

function price(value: string): number | undefined {
  return /^\d{1,7}(\.\d{1,4})?$/.test(value) && Number(value) > 0 ? Number(value) : undefined;
}

function capacityTypes(value: string): readonly string[] | undefined {
  const all = words(value);
  const known = ["on-demand", "spot", "reserved"];
  return all?.every((word) => known.includes(word)) ? all : undefined;
}

function replicas(value: string): number | "external" | undefined {
  if (value === "external") return "external";
  return /^\d{1,5}$/.test(value) && Number(value) <= MOST_REPLICAS ? Number(value) : undefined;
}

/** Reads `4xA100-80GB` (a GPU of the catalogue) or `2x80Gi/8.0` (memory of one, compute capability). */
export function statedGpu(value: string): StatedGpu | undefined {
  const byMemory = GPU_BY_MEMORY.exec(value);
  if (byMemory !== null) {
    const gpu = { count: Number(byMemory[1]), memoryGiB: Number(byMemory[2]), computeCapability: String(byMemory[3]) };
    return gpu.count > 0 && gpu.memoryGiB > 0 ? gpu : undefined;
  }
  const byModel = GPU_BY_MODEL.exec(value);
  if (byModel === null || Number(byModel[1]) === 0) return undefined;
  return { count: Number(byModel[1]), model: String(byModel[2]), memoryGiB: Number(byModel[3] ?? 0) };
}

function withoutUndefined(options: { readonly [K in keyof Options]: Options[K] | undefined }): Options {
  const stated: Record<string, unknown> = {};
  for (const key in options) {
    const value = options[key as keyof Options];
    if (value !== undefined) stated[key] = value;
  }
  return stated as unknown as Options;
}
