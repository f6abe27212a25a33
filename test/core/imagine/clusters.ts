import { unstated } from "../../../src/cli/input/manifest.ts";
import { clusterOf, withApplied } from "../../../src/cli/plan/from-files.ts";
import type { Catalogue } from "../../../src/core/catalogue.ts";
import type { Cluster, Installation } from "../../../src/core/imagine/cluster.ts";
import { type Imagined, imagine } from "../../../src/core/imagine/imagine.ts";
import { type Deed, type PlanReport, planReport } from "../../../src/core/imagine/report.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { loadCatalogue } from "../../../src/load.ts";
import { NOW } from "../capacity/facts.ts";

export const catalogue: Catalogue = loadCatalogue([]);

export const KARPENTER: Installation = {
  settings: {
    provider: "karpenter",
    nodeClass: { group: "karpenter.kwok.sh", kind: "KWOKNodeClass", name: "default" },
  },
  limits: {},
  emptyNodeGraceMs: 300_000,
};

export interface Wanted {
  readonly preset?: string;
  readonly instanceType?: string;
  readonly annotations?: { readonly [key: string]: string };
  readonly tuning?: JsonObject;
}

export function workspace(name: string, wanted: Wanted = {}): JsonObject {
  const {
    preset = "phi-4-mini-instruct",
    instanceType = "Standard_NC24ads_A100_v4",
    annotations = {},
    tuning,
  } = wanted;
  return {
    apiVersion: "kaito.sh/v1beta1",
    kind: "Workspace",
    metadata: { name, annotations },
    resource: {
      labelSelector: { matchLabels: { apps: "m" } },
      ...(annotations["foresail.dev/provision"] === "false" ? {} : { instanceType }),
    },
    ...(tuning === undefined ? { inference: { preset: { name: preset } } } : { tuning }),
  };
}

/** The cluster after `kubectl apply` of these; every one must be admitted. */
export function applied(cluster: Cluster, ...objects: readonly JsonObject[]): Cluster {
  const manifests = objects.map((object) => unstated(object, "test"));
  const result = withApplied(cluster, manifests, "default", catalogue);
  if (result.refused > 0) throw new Error(result.findings.join("\n"));
  return result.cluster;
}

export function empty(installation: Installation = KARPENTER, objects: readonly JsonObject[] = []): Cluster {
  return clusterOf(objects, installation, NOW);
}

/** The cluster in the end, from which something else may be imagined. */
export function settled(imagined: Imagined): Cluster {
  const end = imagined.states.at(-1);
  if (end === undefined || !imagined.settled) throw new Error("it did not come to an end");
  return end;
}

export function reportOf(cluster: Cluster): PlanReport {
  return planReport(imagine(cluster, catalogue), catalogue);
}

/** `1 create Deployment`, `2 create NodeClaim`, … of one Workspace, each kind of deed once per step. */
export function order(report: PlanReport, name: string): readonly string[] {
  const steps = report.workspaces.find((one) => one.name === name)?.steps ?? [];
  return [...new Set(steps.flatMap(({ step, deeds }) => deeds.map((deed) => `${step} ${deedText(deed)}`)))];
}

function deedText({ does, kind }: Deed): string {
  return `${does} ${kind}`;
}
