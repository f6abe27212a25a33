import { UsageError } from "../../../option.ts";
import { nameReferences } from "./default-name-references.ts";
import type { FieldSpec } from "./field-path.ts";
import { isSelected, type Selector } from "./resource.ts";

/** A kind whose names others hold, and where. */
export interface NameReference extends Selector {
  readonly fieldSpecs: readonly FieldSpec[];
}

/** Where each step of kustomize changes objects: its defaults, and what `configurations` add. */
export interface FieldSpecs {
  readonly namePrefix: readonly FieldSpec[];
  readonly nameSuffix: readonly FieldSpec[];
  readonly namespace: readonly FieldSpec[];
  readonly commonLabels: readonly FieldSpec[];
  readonly labels: readonly FieldSpec[];
  readonly templateLabels: readonly FieldSpec[];
  readonly commonAnnotations: readonly FieldSpec[];
  readonly images: readonly FieldSpec[];
  readonly replicas: readonly FieldSpec[];
  readonly nameReference: readonly NameReference[];
}

/** A spec that creates what is not there. */
function made(path: string, kind?: string, group?: string, version?: string): FieldSpec {
  return { path, create: true, ...(kind && { kind }), ...(group && { group }), ...(version && { version }) };
}

const TEMPLATES: readonly (readonly [kind: string, group?: string | undefined, version?: string])[] = [
  ["ReplicationController", undefined, "v1"],
  ["Deployment"],
  ["ReplicaSet"],
  ["DaemonSet"],
  ["StatefulSet"],
  ["Job", "batch"],
];

function metadataSpecs(field: "labels" | "annotations"): readonly FieldSpec[] {
  return [
    made(`metadata/${field}`),
    ...TEMPLATES.map(([kind, group, version]) =>
      made(
        `spec/template/metadata/${field}`,
        kind,
        field === "labels" && kind === "StatefulSet" ? "apps" : group,
        version,
      ),
    ),
    ...(field === "labels" ? [made("spec/volumeClaimTemplates[]/metadata/labels", "StatefulSet", "apps")] : []),
    made(`spec/jobTemplate/metadata/${field}`, "CronJob", "batch"),
    made(`spec/jobTemplate/spec/template/metadata/${field}`, "CronJob", "batch"),
  ];
}

const AFFINITIES = ["podAffinity", "podAntiAffinity"].flatMap((which) => [
  `affinity/${which}/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm`,
  `affinity/${which}/requiredDuringSchedulingIgnoredDuringExecution`,
]);

function podSelectors(kind: string): readonly FieldSpec[] {
  return [...AFFINITIES, "topologySpreadConstraints"].map((way) => ({
    path: `spec/template/spec/${way}/labelSelector/matchLabels`,
    group: "apps",
    kind,
  }));
}

const metadataLabels = metadataSpecs("labels");

export const defaultFieldSpecs: FieldSpecs = {
  namePrefix: [{ path: "metadata/name" }],
  nameSuffix: [{ path: "metadata/name" }],
  namespace: [
    made("metadata/name", "Namespace"),
    made("spec/service/namespace", "APIService", "apiregistration.k8s.io"),
    {
      path: "spec/conversion/webhook/clientConfig/service/namespace",
      group: "apiextensions.k8s.io",
      kind: "CustomResourceDefinition",
    },
  ],
  commonLabels: [
    made("spec/selector", "Service", undefined, "v1"),
    made("spec/selector", "ReplicationController", undefined, "v1"),
    made("spec/selector/matchLabels", "Deployment"),
    ...podSelectors("Deployment"),
    made("spec/selector/matchLabels", "ReplicaSet"),
    made("spec/selector/matchLabels", "DaemonSet"),
    made("spec/selector/matchLabels", "StatefulSet", "apps"),
    ...podSelectors("StatefulSet"),
    { path: "spec/selector/matchLabels", group: "batch", kind: "Job" },
    { path: "spec/jobTemplate/spec/selector/matchLabels", group: "batch", kind: "CronJob" },
    { path: "spec/selector/matchLabels", group: "policy", kind: "PodDisruptionBudget" },
    ...["podSelector", "ingress/from/podSelector", "egress/to/podSelector"].map((way) => ({
      path: `spec/${way}/matchLabels`,
      group: "networking.k8s.io",
      kind: "NetworkPolicy",
    })),
    ...metadataLabels,
  ],
  labels: [],
  templateLabels: metadataLabels,
  commonAnnotations: metadataSpecs("annotations"),
  images: ["", "template/spec/"].flatMap((way) =>
    ["containers[]/image", "initContainers[]/image", "volumes[]/image/reference"].map((to) => made(`spec/${way}${to}`)),
  ),
  replicas: ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"].map((kind) =>
    made("spec/replicas", kind),
  ),
  nameReference: nameReferences,
};

/** Specs and those that are new among the others. Throws UsageError where they contradict each other. */
export function mergeSpecs(specs: readonly FieldSpec[], others: readonly FieldSpec[]): readonly FieldSpec[] {
  const merged = [...specs];
  for (const other of others) {
    const same = merged.find((one) => one.path === other.path && isSelected(idOf(one), other));
    if (same === undefined) merged.push(other);
    else if ((same.create ?? false) !== (other.create ?? false)) {
      throw new UsageError(`conflicting fieldspecs for ${other.path}`);
    }
  }
  return merged;
}

export function mergeFieldSpecs(one: FieldSpecs, other: FieldSpecs): FieldSpecs {
  if (one === other) return one;
  const lists = Object.keys(one).filter((key) => key !== "nameReference") as readonly Exclude<
    keyof FieldSpecs,
    "nameReference"
  >[];
  const merged = Object.fromEntries(lists.map((key) => [key, mergeSpecs(one[key], other[key])]));
  return {
    ...(merged as unknown as FieldSpecs),
    nameReference: mergeReferences(one.nameReference, other.nameReference),
  };
}

function mergeReferences(some: readonly NameReference[], others: readonly NameReference[]): readonly NameReference[] {
  const merged = [...some];
  for (const other of others) {
    const i = merged.findIndex((one) => isSelected(idOf(one), other) && isSelected(idOf(other), one));
    const same = merged[i];
    if (same === undefined) merged.push(other);
    else if (same !== other) merged[i] = { ...same, fieldSpecs: mergeSpecs(same.fieldSpecs, other.fieldSpecs) };
  }
  return merged;
}

function idOf({ group = "", version = "", kind = "" }: Selector) {
  return { group, version, kind, name: "", namespace: "" };
}
