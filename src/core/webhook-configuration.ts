import { inputAnnotations, upgradeAnnotation } from "./inputs.ts";
import type { JsonObject } from "./json.ts";
import { WORKSPACE_GROUPS, WORKSPACE_VERSION, workspaceKind } from "./kinds/workspace.ts";
import { OPT_IN, OPT_IN_LABEL, PRESET_LABEL } from "./preset-pod/words.ts";

/** How the API server reaches the webhook: by URL, for a process outside the cluster, or by Service. */
export type WebhookAddress =
  | { readonly kind: "url" /** `https://127.0.0.1:8443`, without a path. */; readonly url: string }
  | { readonly kind: "service"; readonly namespace: string; readonly name: string; readonly port: number };

export interface WebhookParameters {
  /** Name of both configurations. */
  readonly name: string;
  readonly address: WebhookAddress;
  /** PEM. Absent in manifests: the webhook writes it, and a tool that applies them again leaves it alone. */
  readonly caBundle?: string;
  readonly failurePolicy: "Fail" | "Ignore";
  /** Namespaces whose Workspaces are none of ours: Foresail's own and kube-system. */
  readonly excludedNamespaces: readonly string[];
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
}

export const CONFIGURATION_NAME = "foresail";

/**
 * A review takes milliseconds, so this only bounds how long a dead webhook holds up a write. Kubernetes' default is 10 and its
 * guidance for webhooks is a few seconds at most.
 */
const TIMEOUT_SECONDS = 5;

/**
 * The mutating and the validating configuration. Every field the API server would default is written out, so that a tool
 * that compares what it applied with what is stored finds no difference.
 */
export function webhookConfigurations(parameters: WebhookParameters): readonly [JsonObject, JsonObject] {
  const mutating = [webhook(parameters, "mutate"), podWebhook(parameters)];
  const reinvoked = mutating.map((one): JsonObject => ({ ...one, reinvocationPolicy: "IfNeeded" }));
  return [
    configuration(parameters, "MutatingWebhookConfiguration", reinvoked),
    configuration(parameters, "ValidatingWebhookConfiguration", [webhook(parameters, "validate")]),
  ];
}

/** The configurations of manifests/webhook, without a CA: the webhook adds it. */
export function shippedWebhookConfigurations(): readonly [JsonObject, JsonObject] {
  return webhookConfigurations({
    name: CONFIGURATION_NAME,
    address: { kind: "service", namespace: "foresail-system", name: "foresail-webhook", port: 443 },
    failurePolicy: "Fail",
    excludedNamespaces: ["foresail-system", "kube-system"],
    labels: { "app.kubernetes.io/name": "foresail-webhook", "app.kubernetes.io/part-of": "foresail" },
  });
}

function configuration(parameters: WebhookParameters, kind: string, webhooks: readonly JsonObject[]): JsonObject {
  const { name, labels, annotations } = parameters;
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind,
    metadata: { name, ...(labels && { labels }), ...(annotations && { annotations }) },
    webhooks,
  };
}

function webhook(parameters: WebhookParameters, phase: "mutate" | "validate"): JsonObject {
  const { failurePolicy, excludedNamespaces } = parameters;
  return {
    name: `${phase}.foresail.dev`,
    admissionReviewVersions: ["v1"],
    clientConfig: clientConfig(parameters, `/${phase}`),
    rules: [
      {
        apiGroups: WORKSPACE_GROUPS,
        // Only one version on purpose: with Equivalent the API server converts the others, so a review never holds v1alpha1.
        apiVersions: [WORKSPACE_VERSION],
        operations: ["CREATE", "UPDATE"],
        // Not workspaces/status: the reconciler's own writes must not depend on the webhook.
        resources: [workspaceKind.plural],
        scope: "Namespaced",
      },
    ],
    matchPolicy: "Equivalent",
    matchConditions: matchConditions(inputAnnotations),
    namespaceSelector: { matchExpressions: [notIn(excludedNamespaces)] },
    objectSelector: {},
    failurePolicy,
    sideEffects: "None",
    timeoutSeconds: TIMEOUT_SECONDS,
  };
}

/**
 * Preset pods, in namespaces that opted in. It always fails open: creating pods must not depend on anybody, and one that
 * was not expanded waits behind its scheduling gate.
 */
function podWebhook(parameters: WebhookParameters): JsonObject {
  return {
    name: "pods.foresail.dev",
    admissionReviewVersions: ["v1"],
    clientConfig: clientConfig(parameters, "/mutate"),
    rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"], scope: "Namespaced" }],
    matchPolicy: "Equivalent",
    // The kubelet shows its static pods to the API server as mirrors: they run already, as they are.
    matchConditions: [
      {
        name: "not-a-mirror",
        expression:
          "!has(object.metadata.annotations) || !('kubernetes.io/config.mirror' in object.metadata.annotations)",
      },
    ],
    namespaceSelector: {
      matchExpressions: [{ key: OPT_IN_LABEL, operator: "In", values: [OPT_IN] }, notIn(parameters.excludedNamespaces)],
    },
    objectSelector: { matchExpressions: [{ key: PRESET_LABEL, operator: "Exists" }] },
    failurePolicy: "Ignore",
    sideEffects: "None",
    timeoutSeconds: TIMEOUT_SECONDS,
  };
}

function notIn(namespaces: readonly string[]): JsonObject {
  return { key: "kubernetes.io/metadata.name", operator: "NotIn", values: [...namespaces].sort() };
}

function clientConfig({ address, caBundle }: WebhookParameters, path: string): JsonObject {
  const trust = caBundle === undefined ? {} : { caBundle: Buffer.from(caBundle).toString("base64") };
  switch (address.kind) {
    case "url":
      return { url: `${address.url}${path}`, ...trust };
    case "service":
      return { service: { namespace: address.namespace, name: address.name, path, port: address.port }, ...trust };
  }
}

/**
 * When the API server calls at all: never for an object on its way out, so that deletion needs nobody; otherwise for a new
 * object, a missing or edited expansion, or a changed input. An unchanged apply makes no call.
 */
export function matchConditions(annotations: readonly string[]): readonly JsonObject[] {
  const keys = annotations.map((key) => `'${key}'`).join(", ");
  const inputOrExpansionChanged = [
    "request.operation == 'CREATE' || !has(object.expansion) || object.?expansion != oldObject.?expansion",
    "object.?resource != oldObject.?resource || object.?inference != oldObject.?inference || object.?tuning != oldObject.?tuning",
    `[${keys}].exists(k, object.metadata.?annotations[?k] != oldObject.metadata.?annotations[?k])`,
    `(object.metadata.?annotations[?'${upgradeAnnotation}'].orValue('') == 'follow' && (object.metadata.?labels != oldObject.metadata.?labels || object.metadata.?annotations != oldObject.metadata.?annotations))`,
  ].join(" || ");
  return [
    { name: "not-deleting", expression: "!has(object.metadata.deletionTimestamp)" },
    { name: "input-or-expansion-changed", expression: inputOrExpansionChanged },
  ];
}
