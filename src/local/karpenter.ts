import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { request } from "undici";
import { parse } from "yaml";
import { isObject, type Json, type JsonObject } from "../core/json.ts";
import type { Api } from "./api.ts";
import { karpenter, type Layout } from "./components.ts";
import {
  FAULTY_INSTANCE_TYPES,
  karpenterInstanceTypes,
  SIMULATION,
  type SimulatedInstanceType,
} from "./instance-types.ts";
import { freePorts } from "./ports.ts";
import type { ProcessSpec } from "./supervisor-protocol.ts";
import type { Tools } from "./tools.ts";
import { until } from "./until.ts";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const NODE_CLASSES = "/apis/karpenter.kwok.sh/v1alpha1/kwoknodeclasses";
const POLICIES = "/apis/admissionregistration.k8s.io/v1";
const READY_TIMEOUT_MS = 60_000;

/** Node classes of the simulation: how long after its launch a node registers. */
export const NODE_CLASS_DELAYS = {
  default: "0s",
  "registers-late": "5s",
  // Longer than Karpenter waits: 15 minutes after the launch it deletes the claim.
  "registers-never": "87600h",
} as const;

/** What claims of this control plane refer to. */
export const NODE_CLASS = { group: "karpenter.kwok.sh", kind: "KWOKNodeClass", name: "default" } as const;

/** Installs Karpenter's CRDs, the node classes and the policy behind instance types that never register. */
export async function installKarpenter(api: Api, crdsDir: string): Promise<void> {
  const files = readdirSync(crdsDir).filter((file) => file.endsWith(".yaml"));
  await Promise.all(files.map((file) => installCrd(api, parse(readFileSync(join(crdsDir, file), "utf8")))));
  await Promise.all([
    ...Object.entries(NODE_CLASS_DELAYS).map(([name, delay]) => createNodeClass(api, name, delay)),
    api.must({ method: "POST", path: `${POLICIES}/validatingadmissionpolicies`, body: NEVER_REGISTERS }),
    api.must({ method: "POST", path: `${POLICIES}/validatingadmissionpolicybindings`, body: NEVER_REGISTERS_BINDING }),
  ]);
}

async function installCrd(api: Api, crd: JsonObject): Promise<void> {
  await api.must({ method: "POST", path: CRDS, body: crd });
  const name = isObject(crd.metadata) ? String(crd.metadata.name) : "";
  await until(`CRD ${name} to be established`, READY_TIMEOUT_MS, async () => {
    const { body } = await api.call({ path: `${CRDS}/${name}` });
    return isEstablished(body);
  });
}

function isEstablished(crd: Json): boolean {
  const status = isObject(crd) ? crd.status : undefined;
  const conditions = isObject(status) && Array.isArray(status.conditions) ? status.conditions : [];
  return conditions.some((one) => isObject(one) && one.type === "Established" && one.status === "True");
}

async function createNodeClass(api: Api, name: string, nodeRegistrationDelay: string): Promise<void> {
  const body = {
    apiVersion: "karpenter.kwok.sh/v1alpha1",
    kind: "KWOKNodeClass",
    metadata: { name },
    spec: { nodeRegistrationDelay },
  };
  // An established CRD is served a moment later.
  await until(`node class ${name}`, READY_TIMEOUT_MS, () => api.must({ method: "POST", path: NODE_CLASSES, body }));
}

// The provider makes the node object itself, so the only way to keep one size from registering is to refuse the object.
const NEVER_REGISTERS = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingAdmissionPolicy",
  metadata: { name: "simulated-node-never-registers" },
  spec: {
    failurePolicy: "Fail",
    matchConstraints: {
      resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["nodes"] }],
    },
    validations: [
      {
        expression: `object.metadata.?labels[?'${SIMULATION}/registration'].orValue('') != 'never'`,
        message: "the simulation keeps nodes of this kind from registering",
      },
    ],
  },
} as const;
const NEVER_REGISTERS_BINDING = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingAdmissionPolicyBinding",
  metadata: { name: NEVER_REGISTERS.metadata.name },
  spec: { policyName: NEVER_REGISTERS.metadata.name, validationActions: ["Deny"] },
} as const;

export interface KarpenterProcess {
  readonly spec: ProcessSpec;
  /** Waits for the manager's own readiness check. */
  readonly ready: (stillRunning: () => void) => Promise<void>;
}

/** The process that turns claims into nodes of the given sizes (and of the faulty ones). */
export async function karpenterProcess(
  tools: NonNullable<Tools["karpenter"]>,
  kubeconfig: string,
  types: readonly SimulatedInstanceType[],
  layout: Layout,
): Promise<KarpenterProcess> {
  const instanceTypesFile = join(layout.workDir, "instance-types.json");
  writeFileSync(instanceTypesFile, JSON.stringify(karpenterInstanceTypes([...types, ...FAULTY_INSTANCE_TYPES])));
  const [metricsPort = 0, healthPort = 0] = await freePorts(2);
  const spec = karpenter({ command: tools.command, kubeconfig, instanceTypesFile, metricsPort, healthPort }, layout);
  return {
    spec,
    async ready(stillRunning) {
      await until("Karpenter to be ready", READY_TIMEOUT_MS, async () => {
        stillRunning();
        const { statusCode, body } = await request(`http://127.0.0.1:${healthPort}/readyz`);
        await body.dump();
        return statusCode === 200;
      });
    },
  };
}
