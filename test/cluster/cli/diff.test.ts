import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, it } from "mocha";
import type { Comparison } from "../../../src/core/compare/comparison.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { foresailHere } from "../../cli/support/here.ts";
import {
  applyIn,
  manifest,
  mustGetWorkspace,
  serving,
  training,
  waitForCondition,
  waitForReason,
} from "../e2e/workspaces.ts";
import { describeWith, mustKubectl, namespace, readItems, waitFor } from "../support/cluster.ts";
import { type Foresail, startForesail } from "../support/foresail.ts";

const A100 = "Standard_NC24ads_A100_v4";
const V100 = "Standard_NC6s_v3";
const CEILING = { "foresail.dev/max-hourly-price": "5" };
const A10 = "Standard_NV36ads_A10_v5";

const annotated = (
  name: string,
  annotations: { readonly [name: string]: string },
  preset = "phi-4-mini-instruct",
): JsonObject => serving(name, preset, A100, { annotations });
const resource = { instanceType: A100, labelSelector: { matchLabels: { apps: "m" } } };
const withSettings = manifest("m", {
  resource,
  inference: { preset: { name: "phi-4-mini-instruct" }, config: "settings" },
});
const adapters = [{ source: { name: "style", image: "registry.example/style:1" } }];
const settings = (sequences: number): JsonObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "settings" },
  data: { "inference_config.yaml": `vllm: {max-num-seqs: ${sequences}}` },
});

interface Change {
  readonly what: string;
  readonly base: readonly JsonObject[];
  readonly head: readonly JsonObject[];
  readonly effect: string;
}

const changes: readonly Change[] = [
  {
    what: "preset",
    base: [serving("m", "phi-4", A100)],
    head: [serving("m", "phi-4-mini-instruct", A100)],
    effect: "restarts",
  },
  {
    what: "size",
    base: [serving("m", "phi-3-mini-4k-instruct", V100)],
    head: [serving("m", "phi-3-mini-4k-instruct", A100)],
    effect: "restarts",
  },
  { what: "group", base: [serving("m", "phi-4", A100)], head: [serving("m", "phi-4", A10)], effect: "restarts" },
  {
    what: "adapter",
    base: [manifest("m", { resource, inference: { preset: { name: "phi-4-mini-instruct" } } })],
    head: [manifest("m", { resource, inference: { preset: { name: "phi-4-mini-instruct" }, adapters } })],
    effect: "restarts",
  },
  { what: "settings", base: [settings(64), withSettings], head: [settings(128), withSettings], effect: "restarts" },
  {
    what: "training",
    base: [training("m")],
    head: [{ ...training("m"), metadata: { name: "m", annotations: { "foresail.dev/ttl": "24h" } } }],
    effect: "restarts",
  },
  {
    what: "replicas",
    base: [annotated("m", {})],
    head: [annotated("m", { "foresail.dev/replicas": "2" })],
    effect: "none",
  },
  {
    what: "callers",
    base: [annotated("m", {})],
    head: [annotated("m", { "foresail.dev/allow-from": "10.0.0.0/8" })],
    effect: "none",
  },
  {
    what: "rollout",
    base: [annotated("m", {})],
    head: [annotated("m", { "foresail.dev/rollout": "recreate" })],
    effect: "none",
  },
  { what: "ceiling", base: [annotated("m", CEILING)], head: [annotated("m", CEILING, "phi-4")], effect: "none" },
  { what: "stated-size", base: [serving("m", "phi-4")], head: [serving("m", "phi-4", A100)], effect: "none" },
];

interface Named {
  readonly metadata: { readonly name: string; readonly uid: string };
}

describeWith(
  ["scheduler", "controllerManager", "kwok", "karpenter"],
  "what diff says of restarts is what happens",
  () => {
    let foresail: Foresail;
    let folder = "";
    before(async () => {
      foresail = await startForesail();
      folder = mkdtempSync(join(tmpdir(), "foresail-diff-cluster-"));
    });
    after(async () => {
      rmSync(folder, { recursive: true });
      await foresail.stop();
    });

    /** Pods of the namespace; of a training its Jobs, whose pods may have gone. */
    async function running(space: string, change: Change): Promise<readonly string[]> {
      const path =
        change.what === "training" ? `/apis/batch/v1/namespaces/${space}/jobs` : `/api/v1/namespaces/${space}/pods`;
      return (await readItems<Named>(path)).map(({ metadata }) => metadata.uid);
    }

    async function applyAll(space: string, objects: readonly JsonObject[]): Promise<void> {
      for (const object of objects) await applyIn(space, object);
    }

    async function settled(space: string, change: Change): Promise<void> {
      if (change.what !== "training") await waitForCondition(space, "m", "WorkspaceReady");
      else await waitFor("the Job", async () => (await running(space, change)).length > 0);
    }

    /** What diff says, with what the cluster holds. */
    async function said(space: string, change: Change): Promise<Comparison["compared"][number] | undefined> {
      const home = join(folder, space);
      for (const side of ["base", "head"] as const) {
        mkdirSync(join(home, side), { recursive: true });
        change[side].forEach((object, i) => {
          writeFileSync(join(home, side, `${i}.json`), JSON.stringify(object));
        });
      }
      const live = join(folder, `${space}.json`);
      writeFileSync(live, await mustKubectl(["get", "workspaces", "-n", space, "-o", "json"]));
      const args = ["diff", "--base-dir", "../base", "--live", live, "-n", space, "-o", "json"];
      const { code, stdout, stderr } = await foresailHere(args, { cwd: join(home, "head") });
      expect([code, stderr], change.what).to.deep.equal([0, ""]);
      return (JSON.parse(stdout) as Comparison).compared[0];
    }

    async function happens(change: Change): Promise<void> {
      const space = await namespace(`diff-${change.what}`);
      await applyAll(space, change.base);
      await settled(space, change);
      const before = await running(space, change);
      const told = await said(space, change);
      expect(told?.pods.effect, change.what).to.equal(change.effect);
      await applyAll(space, change.head);
      const { expansion } = await mustGetWorkspace(space, "m");
      const ran = { nodes: expansion?.nodeCount, size: expansion?.instanceType };
      expect(
        { nodes: told?.after?.running.nodeCount, size: told?.after?.running.instanceType },
        change.what,
      ).to.deep.equal(ran);
      if (change.effect === "restarts") {
        await waitFor(
          `${change.what}: pods to be replaced`,
          async () => {
            const now = await running(space, change);
            return now.length > 0 && !now.some((uid) => before.includes(uid));
          },
          90_000,
        );
        return;
      }
      if (change.what === "ceiling") await waitForReason(space, "m", "Stalled", "TooExpensive");
      else await settled(space, change);
      expect(await running(space, change), change.what).to.include.members([...before]);
    }

    it("for changes of every kind", async () => {
      const results = await Promise.allSettled(changes.map(happens));
      const wrong = results.flatMap((result, i) =>
        result.status === "rejected" ? [`${changes[i]?.what}: ${String(result.reason)}`] : [],
      );
      expect(wrong).to.deep.equal([]);
    }).timeout(240_000);
  },
);
