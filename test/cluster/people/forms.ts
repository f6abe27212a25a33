import type { JsonObject } from "../../../src/core/json.ts";
import { manifest } from "../e2e/workspaces.ts";

/** What belongs to somebody else in the namespace of these tests: an account, a Secret, a claim. */
export const OF_OTHERS = "of-others";

/** A form in which somebody may ask for a pod, and whether the rules of the namespace allow that pod. */
export interface Form {
  readonly what: string;
  readonly workspace: (name: string) => JsonObject;
  readonly allowed: boolean;
}

const A100 = "Standard_NC24ads_A100_v4";
const hostPath = { hostPath: { path: "/" } };
// A preset says false, and the API server takes neither of these two with that.
const escalating = { allowPrivilegeEscalation: true };
const image = "registry.example/server:1";

/** Parts of a pod that pod security `baseline` or the policy of the namespace forbid: of its spec, and of its container. */
const FORBIDDEN: Readonly<Record<string, { readonly spec?: JsonObject; readonly container?: JsonObject }>> = {
  "the node's disk": { spec: { volumes: [{ name: "disk", ...hostPath }] } },
  "a privileged container": { container: { securityContext: { ...escalating, privileged: true } } },
  "a capability": { container: { securityContext: { ...escalating, capabilities: { add: ["SYS_ADMIN"] } } } },
  "a port of the node": { container: { ports: [{ containerPort: 81, hostPort: 81 }] } },
  "a privileged container before its own": {
    spec: { initContainers: [{ name: "first", image, securityContext: { privileged: true } }] },
  },
  "the node's network": { spec: { hostNetwork: true } },
  "the node's processes": { spec: { hostPID: true, hostIPC: true } },
  "an account of others": { spec: { serviceAccountName: OF_OTHERS } },
  "the control plane's nodes": {
    spec: { tolerations: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }] },
  },
  "a Secret of others": { spec: { volumes: [{ name: "theirs", secret: { secretName: OF_OTHERS } }] } },
};

const resource = (name: string): JsonObject => ({
  instanceType: A100,
  labelSelector: { matchLabels: { apps: name } },
});

function ownTemplate(name: string, spec: JsonObject = {}, container: JsonObject = {}): JsonObject {
  const template = { spec: { ...spec, containers: [{ name: "server", image, ...container }] } };
  return manifest(name, { resource: resource(name), inference: { template } });
}

function overlaid(name: string, spec: JsonObject = {}, container?: JsonObject): JsonObject {
  const containers = container === undefined ? {} : { containers: [container] };
  const template = { spec: { ...spec, ...containers } };
  return manifest(name, { resource: resource(name), inference: { preset: { name: "phi-4" }, template } });
}

function preset(name: string, inference: JsonObject, annotations: JsonObject = {}): JsonObject {
  const fields = { resource: resource(name), inference: { preset: { name: "phi-4" }, ...inference } };
  return manifest(name, fields, { annotations });
}

function trained(name: string, parts: JsonObject): JsonObject {
  const tuning = {
    preset: { name: "phi-3-mini-4k-instruct" },
    method: "lora",
    input: { urls: ["https://data.example/set.parquet"] },
    output: { image: "registry.example/out:1", imagePushSecret: "push" },
    ...parts,
  };
  return manifest(name, { resource: resource(name), tuning });
}

const adapter = (source: JsonObject): JsonObject => ({ adapters: [{ source: { name: "a", ...source } }] });

/** Every way a Workspace lets its user say something about the pod. */
export const FORMS: readonly Form[] = [
  { what: "a template", workspace: (name) => ownTemplate(name), allowed: true },
  { what: "a preset", workspace: (name) => preset(name, {}), allowed: true },
  {
    what: "a template over a preset",
    workspace: (name) => overlaid(name, { priorityClassName: "" }, { env: [{ name: "A", value: "1" }] }),
    allowed: true,
  },
  { what: "training", workspace: (name) => trained(name, {}), allowed: true },
  ...Object.entries(FORBIDDEN).flatMap(([what, { spec, container }]) => [
    { what: `${what}, in a template`, workspace: (name: string) => ownTemplate(name, spec, container), allowed: false },
    {
      what: `${what}, over a preset`,
      workspace: (name: string) => overlaid(name, spec, container),
      allowed: false,
    },
  ]),
  {
    what: "the node's disk, as an adapter",
    workspace: (name) => preset(name, adapter({ volumeSource: hostPath })),
    allowed: false,
  },
  {
    what: "a Secret of others, as an adapter",
    workspace: (name) => preset(name, adapter({ volumeSource: { secret: { secretName: OF_OTHERS } } })),
    allowed: false,
  },
  {
    what: "a Secret of others, to pull an adapter with",
    workspace: (name) => preset(name, adapter({ image: "registry.example/adapter:1", imagePullSecrets: [OF_OTHERS] })),
    allowed: false,
  },
  {
    what: "the node's disk, as weights",
    workspace: (name) => preset(name, {}, { "kaito.sh/use-local-weights": "true" }),
    allowed: false,
  },
  {
    what: "a claim of others, as weights",
    workspace: (name) => preset(name, {}, { "foresail.dev/weights-claim": OF_OTHERS }),
    allowed: false,
  },
  {
    what: "a Secret of others, as the key of callers",
    workspace: (name) => preset(name, {}, { "foresail.dev/api-key-secret": OF_OTHERS }),
    allowed: false,
  },
  {
    what: "the node's disk, to train from",
    workspace: (name) => trained(name, { input: { volumeSource: hostPath } }),
    allowed: false,
  },
  {
    what: "the node's disk, to write what was trained to",
    workspace: (name) => trained(name, { output: { volumeSource: hostPath } }),
    allowed: false,
  },
  {
    what: "a Secret of others, to push what was trained with",
    workspace: (name) => trained(name, { output: { image: "registry.example/out:1", imagePushSecret: OF_OTHERS } }),
    allowed: false,
  },
];

/** What the namespace says about pods, beside pod security: nobody uses what is of others. */
export const RULES_FOR_PODS: readonly JsonObject[] = [
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "pods-of-people.example.com" },
    spec: {
      matchConstraints: {
        namespaceSelector: { matchLabels: { "example.com/bounded": "true" } },
        resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
      },
      validations: [
        `object.spec.?serviceAccountName.orValue('') != '${OF_OTHERS}'`,
        "object.spec.?tolerations.orValue([]).all(t, !t.?key.orValue('').startsWith('node-role.kubernetes.io/'))",
        `object.spec.?volumes.orValue([]).all(v, v.?secret.?secretName.orValue('') != '${OF_OTHERS}'
          && v.?persistentVolumeClaim.?claimName.orValue('') != '${OF_OTHERS}'
          && v.?projected.?sources.orValue([]).all(s, s.?secret.?name.orValue('') != '${OF_OTHERS}'))`,
        `object.spec.containers.all(c,
          c.?env.orValue([]).all(e, e.?valueFrom.?secretKeyRef.?name.orValue('') != '${OF_OTHERS}'))`,
      ].map((expression) => ({ expression, reason: "Forbidden", message: "what is of others is not yours" })),
    },
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: "pods-of-people.example.com" },
    spec: { policyName: "pods-of-people.example.com", validationActions: ["Deny"] },
  },
];
