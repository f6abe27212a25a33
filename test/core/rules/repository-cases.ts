import { parse } from "yaml";
import { changesOf } from "../../../src/cli/check/against-base.ts";
import { type CheckOptions, reportOf } from "../../../src/cli/check/report-of.ts";
import { stateOfAll } from "../../../src/cli/diff/state.ts";
import { unstated } from "../../../src/cli/input/manifest.ts";
import type { Catalogue, Release } from "../../../src/core/catalogue.ts";
import { compare } from "../../../src/core/compare/compare.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { quotasOfUsages } from "../../../src/core/machine/usages.ts";
import type { Finding } from "../../../src/core/report/report.ts";
import { exampleBases, type RuleCode } from "../../../src/core/rules.ts";
import { undecided } from "../support/undecided.ts";
import { catalogue } from "../support/workspaces.ts";

/** What `check` finds in these objects, as if all stood in one directory. */
export function foundIn(
  objects: readonly JsonObject[],
  more: Partial<Pick<CheckOptions, "budget" | "catalogue" | "cloudQuotas">> = {},
): readonly Finding[] {
  const options = { namespace: "models", catalogue, toolVersion: "0.0.0", decisions: undecided, ...more };
  return reportOf(
    objects.map((object) => unstated(object)),
    options,
  ).findings;
}

const serving = parse(exampleBases.serving) as JsonObject;

/** The serving example with these annotations. */
export function annotated(annotations: { readonly [name: string]: string }, name = "phi"): JsonObject {
  return { ...serving, metadata: { name, namespace: "models", annotations } };
}

const pinned = { "foresail.dev/catalog": catalogue.current.id };

export const autoscaler: JsonObject = {
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "phi", namespace: "models" },
  spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "phi" }, maxReplicas: 4 },
};

export const devicePlugin: JsonObject = {
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "nvidia-device-plugin", namespace: "kube-system" },
  spec: {
    template: {
      spec: {
        containers: [{ name: "plugin", image: "nvcr.io/nvidia/k8s-device-plugin:v0.17.4" }],
        volumes: [{ name: "sockets", hostPath: { path: "/var/lib/kubelet/device-plugins" } }],
      },
    },
  },
};

export const quota: JsonObject = {
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "gpus", namespace: "models" },
  spec: { hard: { "requests.nvidia.com/gpu": "1" } },
};

export const service: JsonObject = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "phi", namespace: "models" },
  spec: { selector: { app: "other" }, ports: [{ port: 80 }] },
};

/** The serving example with an adapter. */
export const adapted = (image: string): JsonObject => ({
  ...serving,
  inference: { preset: { name: "phi-4" }, adapters: [{ source: { name: "a", image } }] },
});

const mirrored: Release = {
  ...catalogue.current,
  mirrors: { images: [{ prefix: "mcr.microsoft.com", mirror: "registry.acme.internal/mcr" }], pullSecrets: [] },
};
/** A catalogue whose images are pulled from a registry of one's own. */
export const mirroring: Catalogue = { current: mirrored, releases: [mirrored] };

/** A Workspace that names a ConfigMap, and that. */
export const configured: JsonObject = { ...serving, inference: { preset: { name: "phi-4" }, config: "mine" } };
export const settings = (text: string): JsonObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "mine", namespace: "models" },
  data: { "inference_config.yaml": text },
});

/** What Azure's command line prints of quotas of eastus. */
export function usages(limits: { readonly [name: string]: number }): Pick<CheckOptions, "cloudQuotas"> {
  const all = Object.entries(limits).map(([value, limit]) => ({ name: { value }, limit, currentValue: 0 }));
  return { cloudQuotas: new Map([["eastus", quotasOfUsages(all)]]) };
}

export const FAMILY = "standardNCADSA100v4Family";

/** As `check --base` tells it where the preset was another one. */
function restarting(): readonly Finding[] {
  const state = (object: JsonObject) => stateOfAll([unstated(object)], "models");
  const former = { ...serving, inference: { preset: { name: "phi-4-mini-instruct" } } };
  const named = { base: "main", version: "0.0.0" };
  const { compared } = compare({ base: state(former), head: state(serving), catalogue, named });
  const changes = changesOf(compared);
  const options = { namespace: "models", catalogue, toolVersion: "0.0.0", decisions: undecided, changes };
  return reportOf([unstated(serving)], options).findings;
}

/** Rules of the repository of which more than one Workspace has to be shown, by code. */
export const repositoryCases: { readonly [code in RuleCode]?: () => readonly Finding[] } = {
  "schema/null-value": () =>
    foundIn([{ ...serving, resource: { ...(serving["resource"] as JsonObject), count: null } }]),
  "workspace/duplicate": () => foundIn([serving, serving]),
  "gitops/field-owned-by-autoscaler": () => foundIn([annotated({ "foresail.dev/replicas": "2" }), autoscaler]),
  "nodes/device-plugin": () => foundIn([serving, devicePlugin]),
  "name/taken": () => foundIn([serving, service]),
  "quota/cloud-exceeded": () => foundIn([serving, annotated({}, "second")], usages({ [FAMILY]: 24 })),
  "quota/not-compared": () => foundIn([serving], usages({ standardNCSv3Family: 24 })),
  "kaito/max-model-len": () => foundIn([configured, settings("vllm: {max-model-len: auto}")]),
  "image/not-mirrored": () => foundIn([adapted("quay.example/a:1")], { catalogue: mirroring }),
  "quota/exceeded": () => foundIn([serving, annotated({}, "second"), quota]),
  "cost/over-budget": () => foundIn([serving], { budget: { usd: 1, per: "month" } }),
  "upgrade/restarts": () => restarting(),
  "waiver/unknown-rule": () => foundIn([annotated({ "waive.foresail.dev/no.rule": "because" })]),
  "waiver/no-reason": () => foundIn([annotated({ "waive.foresail.dev/gitops.unpinned": "" })]),
  "waiver/expired": () => foundIn([annotated({ "waive.foresail.dev/gitops.unpinned": "later; until 2020-01-01" })]),
  "waiver/unused": () =>
    foundIn([annotated({ ...pinned, "waive.foresail.dev/gitops.unpinned": "new cluster each week" })]),
  "waiver/refused": () =>
    foundIn([
      {
        ...annotated({ "waive.foresail.dev/preset.unknown": "it will be there" }),
        inference: { preset: { name: "phi-44" } },
      },
    ]),
};
