import type { JsonObject } from "../../core/json.ts";

/** A scalar of the manifests that a value of the chart stands for. */
export interface Replacement {
  readonly kind: RegExp;
  readonly name: RegExp;
  /** The field it is in; of lists the list's. */
  readonly field: string;
  readonly value: RegExp;
  /** What Helm writes in its place; gets the scalar's own text. */
  readonly to: string;
  /** Left out of its list while this is not true. */
  readonly when?: string;
}

const DEPLOYMENT = /^Deployment$/;
const RECONCILER = /^foresail-reconciler$/;
const ANY = /^/;
const IMAGE =
  '{{ with .Values.image }}{{ printf "%s%s" .repository (.digest | empty | ternary (printf ":%s" .tag) (printf "@%s" .digest)) }}{{ end }}';

/** The whole difference between the manifests and the chart. Each must fit at least once, or the chart is not generated. */
export const REPLACEMENTS: readonly Replacement[] = [
  { kind: DEPLOYMENT, name: ANY, field: "image", value: /^ghcr\.io\/foresail\/foresail:/, to: IMAGE },
  replicas("webhook"),
  replicas("reconciler"),
  {
    kind: /WebhookConfiguration$/,
    name: ANY,
    field: "failurePolicy",
    value: /^Fail$/,
    to: "{{ .Values.failurePolicy }}",
  },
  argument("provider", ".Values.provider"),
  { ...argument("node-class", ".Values.nodeClass"), when: ".Values.nodeClass" },
  argument("subscription", ".Values.aks.subscription"),
  argument("resource-group", ".Values.aks.resourceGroup"),
  argument("cluster-name", ".Values.aks.clusterName"),
  argument("region", ".Values.region"),
  {
    kind: /^ServiceAccount$/,
    name: RECONCILER,
    field: "azure.workload.identity/client-id",
    value: ANY,
    to: "{{ .Values.aks.clientId | quote }}",
  },
  catalogue("region", /^region: \S+\n$/, '{{ printf "region: %s\\n" .Values.region | quote }}'),
  catalogue("cloud", /^cloud: \S+\n$/, '{{ printf "cloud: %s\\n" .Values.cloud | quote }}'),
  catalogue("provider", /\ngpu: \S+\n$/, '{{ printf "provision: false\\ngpu: %s\\n" .Values.byo.gpu | quote }}'),
];

/** Objects that are there while a value is stated, whatever the provider. */
export const CONDITIONS: Readonly<Record<string, string>> = {
  "ConfigMap/region": ".Values.region",
  "ConfigMap/cloud": ".Values.cloud",
  // Helm makes the namespace a release goes into, and would refuse to find it among the release's own objects.
  "Namespace/foresail-system": 'ne .Release.Namespace "foresail-system"',
};

/** The mirrors of values.yaml as catalogue data; no overlay has any. */
export function mirrorsObject(region: JsonObject): { readonly object: JsonObject; readonly replaced: Replacement } {
  const { metadata } = region as { readonly metadata: JsonObject };
  const object = { ...region, metadata: { ...metadata, name: "mirrors" }, data: { "mirrors.values.yaml": "{}" } };
  return {
    object,
    replaced: {
      kind: /^ConfigMap$/,
      name: /^mirrors$/,
      field: "mirrors.values.yaml",
      value: ANY,
      to: "{{ toYaml .Values.mirrors | quote }}",
    },
  };
}

function replicas(process: string): Replacement {
  return {
    kind: DEPLOYMENT,
    name: new RegExp(`^foresail-${process}$`),
    field: "replicas",
    value: ANY,
    to: `{{ .Values.replicas.${process} }}`,
  };
}

function argument(flag: string, value: string): Replacement {
  return {
    kind: DEPLOYMENT,
    name: RECONCILER,
    field: "args",
    value: new RegExp(`^--${flag}=`),
    to: `{{ printf "--${flag}=%s" ${value} | quote }}`,
  };
}

function catalogue(name: string, value: RegExp, to: string): Replacement {
  return { kind: /^ConfigMap$/, name: new RegExp(`^${name}$`), field: "defaults.yaml", value, to };
}
