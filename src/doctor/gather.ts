import { objectAt, textAt } from "../core/capacity/fields.ts";
import type { Provider } from "../core/capacity/owner.ts";
import type { Facts, GpuSize } from "../core/doctor/facts.ts";
import { isInstalled, isTrial, providerOf, RECONCILER } from "../core/doctor/parts.ts";
import { known, type Reading } from "../core/doctor/reading.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import { hasExpansion } from "../core/take-over/definition.ts";
import { systemClock } from "../kube/clock.ts";
import type { Kube, KubeObject } from "../kube/kube.ts";
import { list } from "../kube/list.ts";
import {
  DAEMON_SETS,
  DEPLOYMENTS,
  definitionRef,
  FORESAIL_WORKSPACES,
  LEASES,
  MUTATING_WEBHOOK_CONFIGURATIONS,
  NODE_CLAIMS,
  NODES,
  type Resource,
  SECRETS,
  STORAGE_CLASSES,
  VALIDATING_ADMISSION_POLICIES,
  VALIDATING_ADMISSION_POLICY_BINDINGS,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
  WORKSPACES,
} from "../kube/resources.ts";
import { type CallOptions, get } from "../kube/verbs.ts";
import { ask } from "./ask.ts";
import { probe } from "./probe.ts";
import { reconcilerRights } from "./rights.ts";

/** What can be asked of a cluster. */
export type Question = Exclude<keyof Facts, "nowMs" | "provider" | "trial" | "namespace" | "gpuSizes" | "cloud">;

/** What is around Foresail: enough to say whether it can be there at all. */
export const SURROUNDINGS = [
  "serverVersion",
  "definition",
  "ownDefinition",
  "claimDefinition",
  "webhooks",
  "deployments",
  "daemonSets",
  "nodes",
  "claims",
  "storageClasses",
] as const satisfies readonly Question[];

/** All of it, and how Foresail itself is. */
export const EVERYTHING = [
  ...SURROUNDINGS,
  "policies",
  "bindings",
  "lease",
  "servingCertificate",
  "rights",
  "probe",
] as const satisfies readonly Question[];

/** What the reconciler may read with its own ServiceAccount. That a right is missing it learns by itself. */
export const RECONCILER_MAY_ASK = [
  "serverVersion",
  "definition",
  "claimDefinition",
  "deployments",
  "daemonSets",
  "nodes",
  "claims",
] as const satisfies readonly Question[];

export interface Gathering {
  readonly questions: readonly Question[];
  /** Namespace Foresail is installed in. */
  readonly namespace: string;
  /** Where a Workspace is tried. */
  readonly probeNamespace: string;
  readonly provider?: Provider;
  /** Whether Foresail is to serve its own group alone. */
  readonly trial?: true;
  readonly gpuSizes: readonly GpuSize[];
  /** Longest a single call may take. */
  readonly callMs: number;
  /** Ends all that is still under way. */
  readonly signal: AbortSignal;
}

/** Asks the questions, each bounded in time; what is not answered says why. Only reads, and tries one create as a dry run. */
export async function gather(kube: Kube, gathering: Gathering): Promise<Facts> {
  const { questions, namespace, provider, trial, gpuSizes, callMs, signal } = gathering;
  const options = { timeoutMs: callMs, signal };
  const readers = Object.entries(READERS) as readonly (readonly [string, Reader<unknown>])[];
  const asked = readers.flatMap(([question, reader]) =>
    questions.some((one) => one === question)
      ? [ask(() => reader(kube, options, namespace), signal).then((reading) => [question, reading] as const)]
      : [],
  );
  const facts: Facts = {
    ...{ nowMs: systemClock.wallMs(), namespace, gpuSizes },
    ...(provider === undefined ? {} : { provider }),
    ...(trial === undefined ? {} : { trial }),
    // Each reader gives what the fact of its name holds.
    ...(Object.fromEntries(await Promise.all(asked)) as Pick<Facts, keyof typeof READERS>),
  };
  const [rights, tried] = await Promise.all([rightsOf(kube, facts, gathering), probed(kube, facts, gathering)]);
  return { ...facts, ...(rights && { rights }), ...(tried && { probe: tried }) };
}

type Reader<T> = (kube: Kube, options: CallOptions, namespace: string) => Promise<T>;
type Answer<Q extends Question> = NonNullable<Facts[Q]> extends Reading<infer T> ? T : never;

const READERS: { readonly [Q in Exclude<Question, "rights" | "probe">]: Reader<Answer<Q>> } = {
  serverVersion: async (kube, options) => {
    const { body } = await kube.call({ method: "GET", path: "/version", ...options });
    return textAt(body, "gitVersion") ?? "";
  },
  definition: (kube, options) => get(kube, definitionRef(WORKSPACES), options),
  ownDefinition: (kube, options) => get(kube, definitionRef(FORESAIL_WORKSPACES), options),
  claimDefinition: (kube, options) => get(kube, definitionRef(NODE_CLAIMS), options),
  webhooks: async (kube, options) => {
    const kinds = [MUTATING_WEBHOOK_CONFIGURATIONS, VALIDATING_WEBHOOK_CONFIGURATIONS];
    return (await Promise.all(kinds.map((kind) => items(kube, kind, options)))).flat();
  },
  deployments: (kube, options) => items(kube, DEPLOYMENTS, options, slimDeployment),
  daemonSets: (kube, options) => items(kube, DAEMON_SETS, options),
  nodes: (kube, options) => items(kube, NODES, options, slimNode),
  claims: (kube, options) => items(kube, NODE_CLAIMS, options),
  storageClasses: (kube, options) => items(kube, STORAGE_CLASSES, options),
  policies: (kube, options) => items(kube, VALIDATING_ADMISSION_POLICIES, options),
  bindings: (kube, options) => items(kube, VALIDATING_ADMISSION_POLICY_BINDINGS, options),
  lease: (kube, options, namespace) => get(kube, { resource: LEASES, namespace, name: RECONCILER }, options),
  servingCertificate: async (kube, options, namespace) => {
    const secret = await get(kube, { resource: SECRETS, namespace, name: "foresail-webhook-certs" }, options);
    // The key beside it is not looked at.
    const encoded = textAt(secret, "data", "tls.crt");
    return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8");
  },
};

async function items(
  kube: Kube,
  resource: Resource,
  options: CallOptions,
  keep?: (object: KubeObject) => KubeObject,
): Promise<readonly JsonObject[]> {
  return (await list(kube, resource, { ...options, ...(keep && { keep }) })).items;
}

/** A cluster has thousands; nine tenths of each is its pod template. */
function slimDeployment({ apiVersion, kind, metadata, spec, status }: KubeObject): KubeObject {
  const { name, namespace, labels } = metadata;
  const containers = objectAt(spec, "template", "spec")["containers"];
  const kept = (Array.isArray(containers) ? containers.filter(isObject) : []).map(({ image, args }) => ({
    image,
    args,
  }));
  return {
    ...{ apiVersion, kind },
    metadata: { name, ...(namespace && { namespace }), ...(labels && { labels }) },
    spec: { replicas: objectAt(spec)["replicas"], template: { spec: { containers: kept } } },
    status: { readyReplicas: objectAt(status)["readyReplicas"] },
  } as KubeObject;
}

/** Half of a node is the names of images that lie on it. */
function slimNode({
  metadata: { managedFields: _, annotations: __, ...metadata },
  status,
  ...rest
}: KubeObject): KubeObject {
  const { images: ___, ...kept } = objectAt(status);
  return { ...rest, metadata, status: kept } as KubeObject;
}

async function rightsOf(kube: Kube, facts: Facts, gathering: Gathering): Promise<Facts["rights"]> {
  const { questions, namespace, callMs, signal } = gathering;
  // Where nothing is installed nobody has any right yet.
  if (!questions.includes("rights") || isInstalled(facts) !== true) return undefined;
  const installation = { namespace, machines: providerOf(facts) === "aks", trial: isTrial(facts) };
  return await ask(() => reconcilerRights(kube, installation, { timeoutMs: callMs, signal }), signal);
}

async function probed(kube: Kube, facts: Facts, gathering: Gathering): Promise<Facts["probe"]> {
  const { questions, probeNamespace, callMs, signal } = gathering;
  if (!questions.includes("probe")) return undefined;
  const [definition, resource] = isTrial(facts)
    ? [known(facts.ownDefinition), FORESAIL_WORKSPACES]
    : [known(facts.definition), WORKSPACES];
  // Nothing is tried where it would be told to KAITO.
  if (definition !== undefined && !hasExpansion(definition)) return undefined;
  return await ask(() => probe(kube, probeNamespace, { timeoutMs: callMs, signal, resource }), signal);
}
