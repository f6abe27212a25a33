import type { JsonObject } from "../../core/json.ts";

/** Providers of the chart, and the overlay of manifests/ that each is made of. */
export const PROVIDER_OVERLAYS = {
  karpenter: "karpenter",
  "gpu-provisioner": "gpu-provisioner",
  aks: "aks",
  byo: "byo",
} as const;

/** What the chart is with the value trial. */
export const TRIAL_OVERLAY = "overlays/trial";

/** What the defaults are taken from, so that nothing is said twice. */
export interface BaseFacts {
  /** As in the Deployments. */
  readonly image: string;
  readonly webhookReplicas: number;
  readonly reconcilerReplicas: number;
  readonly failurePolicy: string;
  /** Hardware of the overlay byo. */
  readonly gpu: string;
  /** presets/schemas/mirrors.schema.json */
  readonly mirrors: JsonObject;
}

const GUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";

/** The schema of values.yaml, with a default and a sentence for each value; values.yaml is written from it. */
export function valuesSchema(facts: BaseFacts): JsonObject {
  const [repository = "", tag = ""] = facts.image.split(":");
  const { $schema: _dialect, title: _title, ...mirrors } = facts.mirrors;
  const ofAks = (description: string, pattern: string) => text(description, `^$|${pattern}`);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Values of the Foresail chart",
    ...group("", {
      image: group("The image that both processes run.", {
        repository: { ...text("Registry and name.", "^[a-z0-9][a-z0-9._:/-]*$"), default: repository },
        tag: { ...text("Tag; not used with a digest.", "^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$"), default: tag },
        digest: text("sha256:…, instead of a tag.", "^$|^sha256:[0-9a-f]{64}$"),
      }),
      provider: {
        ...text("Who turns claims into nodes (docs/providers.md)."),
        enum: Object.keys(PROVIDER_OVERLAYS),
        default: "karpenter",
      },
      trial: {
        type: "boolean",
        description: "Beside a KAITO that runs: Workspaces of foresail.dev alone (docs/trial.md).",
        default: false,
      },
      nodeClass: text(
        "Node class of Karpenter for the claims: GROUP/KIND/NAME.",
        "^$|^[a-z0-9.-]+/[A-Za-z0-9]+/[a-z0-9.-]+$",
      ),
      cloud: { ...text("Whose sizes and prices count; empty: the catalogue's default."), enum: ["", "azure", "aws"] },
      region: text("Region of sizes, prices and zones; empty: the catalogue's default.", "^[a-z0-9-]*$"),
      mirrors: {
        ...mirrors,
        description: "Where images and weights come from instead (docs/catalogue-files.md).",
        default: {},
      },
      replicas: group("How many of each process.", {
        webhook: count(facts.webhookReplicas),
        reconciler: count(facts.reconcilerReplicas),
      }),
      failurePolicy: {
        ...text("What becomes of Workspaces that nobody can check: refused (Fail), or stored unexpanded (Ignore)."),
        enum: ["Fail", "Ignore"],
        default: facts.failurePolicy,
      },
      aks: group("With provider aks (docs/aks.md).", {
        subscription: ofAks("Subscription of the cluster.", GUID),
        resourceGroup: ofAks("Resource group of the cluster.", "^[-\\w._()]{1,90}$"),
        clusterName: ofAks("Name of the cluster.", "^[A-Za-z0-9][-\\w]{0,62}$"),
        clientId: ofAks("Client id of the identity that makes agent pools.", GUID),
      }),
      byo: group("With provider byo.", {
        gpu: {
          ...text("Hardware of Workspaces that state none.", "^[1-9][0-9]*x[A-Za-z0-9./-]+$"),
          default: facts.gpu,
        },
      }),
    }),
    allOf: [
      onlyIf(
        { provider: { const: "aks" } },
        { region: FILLED, aks: everyFilled("subscription", "resourceGroup", "clusterName", "clientId") },
      ),
      onlyIf({ nodeClass: FILLED }, { provider: { const: "karpenter" } }),
    ],
  };
}

const FILLED: JsonObject = { type: "string", minLength: 1 };

function everyFilled(...names: readonly string[]): JsonObject {
  return { properties: Object.fromEntries(names.map((name) => [name, FILLED])), required: names };
}

function onlyIf(condition: JsonObject, then: JsonObject): JsonObject {
  const stated = (properties: JsonObject) => ({ properties, required: Object.keys(properties) });
  // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
  return { if: stated(condition), then: stated(then) };
}

function group(description: string, properties: JsonObject): JsonObject {
  const said = description === "" ? {} : { description };
  // Helm and parent charts put `global` beside ours.
  const known = description === "" ? { ...properties, global: { type: "object" } } : properties;
  return { type: "object", ...said, additionalProperties: false, properties: known };
}

function text(description: string, pattern?: string): JsonObject {
  return { type: "string", description, default: "", ...(pattern === undefined ? {} : { pattern }) };
}

function count(from: number): JsonObject {
  return { type: "integer", description: "One is enough to try it out.", minimum: 1, maximum: 10, default: from };
}
