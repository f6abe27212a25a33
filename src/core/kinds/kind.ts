import type { JsonObject } from "../json.ts";
import type { Schema } from "../schema.ts";

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** The members of metadata that Foresail reads; the rest passes through untouched. */
export interface ObjectMeta {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly generateName?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

/** A Kind in one definition: names, versions and schema; a manifest is generated from it for each group that serves it. */
export interface Kind {
  /** The first is the one that people mean by its short names and categories. */
  readonly groups: readonly string[];
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly versions: readonly { readonly name: string; readonly stored: boolean }[];
  readonly schema: Schema<unknown>;
  readonly columns: readonly JsonObject[];
}

// Flux, Argo CD and Helm all delete a CRD, and with it every object of the Kind, when it leaves git unless told not to.
const pruneProtection = {
  "kustomize.toolkit.fluxcd.io/prune": "disabled",
  "argocd.argoproj.io/sync-options": "Delete=false,Prune=false",
  "helm.sh/resource-policy": "keep",
};

/** The CustomResourceDefinition manifest of a Kind in one of its groups. */
export function customResourceDefinition(kind: Kind, group: string): JsonObject {
  // kubectl takes them from one group or asks for both kinds at once; either is a surprise to whoever has only the first.
  const { shortNames, categories } = kind.groups.indexOf(group) > 0 ? { shortNames: [], categories: [] } : kind;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${kind.plural}.${group}`, annotations: pruneProtection },
    spec: {
      group,
      scope: kind.namespaced ? "Namespaced" : "Cluster",
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.singular,
        ...(shortNames.length > 0 ? { shortNames } : {}),
        ...(categories.length > 0 ? { categories } : {}),
      },
      conversion: { strategy: "None" },
      versions: kind.versions.map((version) => ({
        name: version.name,
        served: true,
        storage: version.stored,
        schema: { openAPIV3Schema: kind.schema.json },
        subresources: { status: {} },
        additionalPrinterColumns: kind.columns,
      })),
    },
  };
}
