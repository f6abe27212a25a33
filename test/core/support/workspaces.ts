import { findModel } from "../../../src/core/catalogue.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { type Workspace, workspaceInputsSchema } from "../../../src/core/kinds/workspace.ts";
import { withDefaults } from "../../../src/core/schema.ts";
import { loadCatalogue } from "../../../src/load.ts";

export const catalogue = loadCatalogue();

interface Stated {
  readonly name?: string;
  readonly namespace?: string;
  readonly annotations?: { readonly [key: string]: string };
  readonly labels?: { readonly [key: string]: string };
  readonly resource?: JsonObject;
  readonly inference?: JsonObject;
  readonly tuning?: JsonObject;
  readonly expansion?: JsonObject;
}

/** A Workspace as admission sees it: defaults applied, name and namespace set. */
export function workspace(stated: Stated): Workspace {
  const { name = "phi", namespace = "models", annotations, labels, ...fields } = stated;
  const metadata = {
    name,
    namespace,
    ...(annotations === undefined ? {} : { annotations }),
    ...(labels === undefined ? {} : { labels }),
  };
  const object = { apiVersion: "kaito.sh/v1beta1", kind: "Workspace", metadata, ...fields };
  return withDefaults(object, workspaceInputsSchema.json) as Workspace;
}

const selector = { matchLabels: { apps: "phi" } };

/** An inference Workspace: preset with the token it needs, size (absent: chosen) and annotations. */
export function serving(preset: string, instanceType?: string, annotations?: Stated["annotations"]): Workspace {
  const gated = findModel(catalogue.current, preset)?.gated === true;
  const presetOptions = { modelAccessSecret: "hf-token" };
  return workspace({
    resource: { labelSelector: selector, ...(instanceType === undefined ? {} : { instanceType }) },
    inference: { preset: { name: preset, ...(gated ? { presetOptions } : {}) } },
    ...(annotations === undefined ? {} : { annotations }),
  });
}

export function tuning(preset: string, instanceType: string, more: JsonObject = {}): Workspace {
  return workspace({
    resource: { labelSelector: selector, instanceType },
    tuning: {
      preset: { name: preset },
      method: "qlora",
      input: { urls: ["https://example.com/data/train.parquet?download=true"] },
      output: { image: "registry.example/adapter:1", imagePushSecret: "push" },
      ...more,
    },
  });
}

let reviews = 0;

/** An AdmissionReview as the API server sends it. */
export function review(object: unknown, oldObject?: unknown, request: JsonObject = {}): JsonObject {
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: `uid-${++reviews}`,
      kind: { group: "kaito.sh", version: "v1beta1", kind: "Workspace" },
      operation: oldObject === undefined ? "CREATE" : "UPDATE",
      object: object as JsonObject,
      ...(oldObject === undefined ? {} : { oldObject: oldObject as JsonObject }),
      ...request,
    },
  };
}
