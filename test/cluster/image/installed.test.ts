import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, it } from "mocha";
import { parseAllDocuments } from "yaml";
import type { JsonObject } from "../../../src/core/json.ts";
import { NODE_CLASS_DELAYS } from "../../../src/local/karpenter.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { byName, CHART, helmIn, helmProgram } from "../../chart/helm.ts";
import { waitForCondition } from "../e2e/workspaces.ts";
import { applyFor, lookOf } from "../gitops/support/drift.ts";
import { DIFF_MODES, type Engines, startEngines } from "../gitops/support/engines.ts";
import { skipWithoutGo } from "../gitops/support/gitops.ts";
import { apply, cluster, describeWith, mustKubectl, namespace, read, waitFor } from "../support/cluster.ts";
import { installFoundation, statedBy } from "../support/install.ts";
import { type ReconcilerProcess, startReconciler } from "../support/reconciler.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";
import { buildImage, cannotContain, fromImage, readLayout, unpack } from "./unpacked.ts";

const BUILD_TIMEOUT_MS = 900_000;
const SYSTEM = "foresail-system";
const DEPLOYMENTS = `/apis/apps/v1/namespaces/${SYSTEM}/deployments`;
const OVERLAY = join(packageRoot(), "manifests/overlays/karpenter-kwok");
const NODE_CLASS = "/apis/karpenter.kwok.sh/v1alpha1/kwoknodeclasses/default";
const RELEASE = [
  "foresail",
  CHART,
  "--namespace",
  SYSTEM,
  "--set",
  "nodeClass=karpenter.kwok.sh/KWOKNodeClass/default",
];

/** A way to install Foresail, as a user does it. */
interface Installation {
  /** Gives what is installed as git has it. */
  install(): Promise<readonly JsonObject[]>;
  uninstall(): Promise<void>;
}

interface Deployment extends JsonObject {
  readonly spec: { readonly replicas: number };
  readonly status?: { readonly replicas?: number; readonly conditions?: readonly { readonly type: string }[] };
}

const byManifests: Installation = {
  async install() {
    await mustKubectl(["apply", "--server-side", "--force-conflicts", "-k", OVERLAY]);
    return objectsOf(await mustKubectl(["kustomize", OVERLAY]));
  },
  async uninstall() {
    await mustKubectl(["delete", "deployments", "--all", "-n", SYSTEM]);
    // As the other tests have it.
    const spec = { nodeRegistrationDelay: NODE_CLASS_DELAYS.default };
    await cluster().api.must({ method: "PATCH", path: NODE_CLASS, body: { spec } });
  },
};

const byChart: Installation = {
  async install() {
    // The chart leaves the namespace, and what it enforces, to whoever makes it; its notes say so.
    await apply(...objectsOf(await mustKubectl(["kustomize", join(packageRoot(), "manifests/namespace")])));
    await helm(["install", ...RELEASE, "--take-ownership"]);
    return [...byName(await helm(["get", "manifest", "foresail", "--namespace", SYSTEM])).values()];
  },
  async uninstall() {
    await helm(["uninstall", "foresail", "--namespace", SYSTEM]);
    await installFoundation();
  },
};

async function helm(args: readonly string[]): Promise<string> {
  const found = await helmProgram();
  if ("reason" in found) throw new Error(found.reason);
  const { code, stdout, stderr } = await helmIn(cluster().workDir, found.path, cluster().kubeconfig)(args);
  if (code !== 0) throw new Error(`helm ${args[0]} ended with ${code}: ${stderr}`);
  return stdout;
}

describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "the image, installed", () => {
  let folder = "";
  let engines: Engines | undefined;
  before(async function () {
    this.timeout(BUILD_TIMEOUT_MS);
    await skipWithoutGo(this);
    const reason = cannotContain();
    if (reason !== undefined) {
      if (process.env["CI"] === "true") throw new Error(reason);
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), "foresail-installed-"));
    buildImage(join(folder, "image"));
    await unpack(join(folder, "image"), join(folder, "root"));
    engines = await startEngines();
  });
  after(() => {
    engines?.stop();
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
  });

  for (const [how, installation] of Object.entries({ "by the manifests": byManifests, "by the chart": byChart })) {
    it(`${how} is ready under restricted pod security, brings the examples and does not drift`, async function () {
      this.timeout(BUILD_TIMEOUT_MS);
      const objects = await installation.install();
      let webhook: WebhookProcess | undefined;
      let reconciler: ReconcilerProcess | undefined;
      try {
        const [ofWebhook, ofReconciler] = await Promise.all(["webhook", "reconciler"].map(admitted));
        const launch = fromImage(join(folder, "root"), readLayout(join(folder, "image")).config);
        webhook = await startWebhook({ launch, installed: statedBy(ofWebhook) });
        reconciler = await startReconciler({ launch, installed: statedBy(ofReconciler) });
        expect((await reconciler.readyz()).status).to.equal(200);
        await examplesAreReady();
        expect(await driftOf(objects)).to.deep.equal([]);
      } finally {
        await reconciler?.stop();
        await webhook?.uninstall();
        await installation.uninstall();
      }
    });
  }

  /** The Deployment, when all its pods are there: the namespace enforces `restricted`, and one that is refused is not made. */
  async function admitted(name: string): Promise<Deployment> {
    const place = await read<{ readonly metadata: { readonly labels?: JsonObject } }>(`/api/v1/namespaces/${SYSTEM}`);
    expect(place?.metadata.labels).to.include({ "pod-security.kubernetes.io/enforce": "restricted" });
    return await waitFor(`the pods of foresail-${name}`, async () => {
      const live = await read<Deployment>(`${DEPLOYMENTS}/foresail-${name}`);
      const refused = live?.status?.conditions?.find(({ type }) => type === "ReplicaFailure");
      if (refused !== undefined) throw new Error(JSON.stringify(refused));
      return live !== undefined && live.status?.replicas === live.spec.replicas ? live : undefined;
    });
  }

  async function examplesAreReady(): Promise<void> {
    const [serve, train] = [await namespace("installed"), await namespace("installed")];
    const names = ["workspace-phi-3-mini", "workspace-phi-3-mini-adapter"];
    await mustKubectl(["apply", "-n", serve, "-R", "-f", join(packageRoot(), "examples/inference")]);
    await mustKubectl(["apply", "-n", train, "-R", "-f", join(packageRoot(), "examples/fine-tuning")]);
    await Promise.all([
      ...names.map((one) => waitForCondition(serve, one, "WorkspaceReady")),
      ...names.map((one) => waitForCondition(train, one, "JobStarted")),
    ]);
    for (const place of [serve, train])
      await mustKubectl(["delete", "workspaces", "--all", "-n", place, "--timeout=100s"]);
  }

  /** What either engine would change of what git has, each after its own apply. */
  async function driftOf(objects: readonly JsonObject[]): Promise<readonly string[]> {
    if (engines === undefined) throw new Error("the engines run from the first test on");
    // Their address here is none that a cluster has.
    const all = objects.filter(({ kind }) => !String(kind).endsWith("WebhookConfiguration"));
    expect(all.length).to.be.greaterThan(20);
    const seen: string[] = [];
    for (const mode of DIFF_MODES) {
      for (const object of all) {
        await applyFor(engines, mode, object);
        const look = await lookOf(engines, mode, object);
        if (look !== "clean") seen.push(`${mode}, ${object["kind"]} ${nameOf(object)}: ${look}`);
      }
    }
    return seen;
  }
});

function nameOf({ metadata }: JsonObject): string {
  return String((metadata as JsonObject)["name"]);
}

function objectsOf(text: string): readonly JsonObject[] {
  return parseAllDocuments(text).map((document) => document.toJS() as JsonObject);
}
