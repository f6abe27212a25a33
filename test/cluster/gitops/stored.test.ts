import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, it } from "mocha";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import { loadCatalogue } from "../../../src/load.ts";
import { scrubbedEnvironment } from "../../../src/local/environment.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { apply, cluster, describeWith, mustKubectl, read, waitFor } from "../support/cluster.ts";
import { type ReconcilerProcess, startReconciler } from "../support/reconciler.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";
import { adapter, OWN_TEMPLATE } from "./support/corpus.ts";
import { cleared, collectionOf, inGit, kubectlWith, live, patch } from "./support/git.ts";
import { nextPackage } from "./support/next-release.ts";

const CASES = join(packageRoot(), "test/cases/stored");
const JOB_LABEL = /^(batch\.kubernetes\.io\/)?(controller-uid|job-name)$/;
// Part of the inputs' hash, so the same in every run.
const PLACE = "stored-expansions";

/** What each release leaves behind, as git states it; those of a published release are never made again. */
const MADE: readonly JsonObject[] = [
  inGit(PLACE, "serves", { inference: { preset: { name: "phi-4" }, adapters: [adapter("style")] } }),
  inGit(PLACE, "several-nodes", { resource: sized("Standard_NV36ads_A10_v5") }),
  inGit(PLACE, "older-gpu", {
    resource: sized("Standard_NC6s_v3"),
    inference: { preset: { name: "phi-3-mini-4k-instruct" } },
  }),
  inGit(
    PLACE,
    "own-nodes",
    {},
    { annotations: { "foresail.dev/provision": "false", "foresail.dev/gpu": "1xA100-80GB" } },
  ),
  inGit(PLACE, "own-template", { inference: { template: OWN_TEMPLATE } }),
  inGit(
    PLACE,
    "with-all-options",
    { inference: { preset: { name: "phi-4-mini-instruct" }, template: { spec: { priorityClassName: "models" } } } },
    {
      annotations: {
        "foresail.dev/allow-from": "team-a",
        "foresail.dev/api-key-secret": "key",
        "foresail.dev/chat-api": "true",
        "foresail.dev/weights-claim": "weights",
        "foresail.dev/zones": "eastus-1,eastus-2",
      },
    },
  ),
  trains("trains"),
];

describeWith(["controllerManager"], "GitOps: expansions that released versions stored", () => {
  let webhook: WebhookProcess | undefined;
  let reconciler: ReconcilerProcess | undefined;
  before(async () => {
    webhook = await startWebhook();
    await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: PLACE } });
    if (process.env["UPDATE_GOLDEN"] === "1") await write(loadCatalogue().current.id);
  });
  after(async () => {
    if (reconciler !== undefined) await cleared(PLACE);
    await reconciler?.stop();
    await webhook?.uninstall();
  });

  for (const [version, folder] of [
    ["this version", () => packageRoot()],
    ["the next one", () => nextPackage(cluster().workDir)],
  ] as const) {
    it(`pass untouched through webhook, reconciler and command line of ${version}`, async () => {
      const next = folder();
      await reconciler?.stop();
      await webhook?.uninstall();
      const all = readdirSync(CASES).flatMap((release) => storedBy(release));
      expect(all).to.not.be.empty;
      for (const object of all) await restored(object);
      webhook = await startWebhook({ package: next });
      reconciler = await startReconciler({ package: next });
      for (const object of all) {
        const { name } = object.metadata;
        await patch(PLACE, name, { metadata: { labels: { touched: "yes" } } });
        await patch(PLACE, name, { expansion: { instanceType: "Standard_ND96isr_H100_v5" } });
        // The reconciler may write between kubectl's look and its write.
        await waitFor("a replace", async () => kubectlWith("replace", withoutExpansion(object)));
        expect((await live(PLACE, name)).expansion, name).to.deep.equal(object["expansion"]);
        const template = await waitFor(`the workload of ${name}`, () => templateOf(object));
        expect(template, name).to.deep.equal(await asTyped(object));
      }
      const shown: { items: readonly JsonObject[] } = JSON.parse(await renderLive(next));
      const expansions = shown.items.map(({ expansion }) => expansion);
      expect(expansions).to.have.deep.members(all.map(({ expansion }) => expansion));
      await reconciler.stop();
      reconciler = undefined;
    });
  }
});

interface Stored extends JsonObject {
  readonly metadata: JsonObject & { readonly name: string };
  readonly expansion: JsonObject;
}

function trains(name: string): JsonObject {
  const { inference: _, ...rest } = inGit(PLACE, name);
  const tuning = {
    preset: { name: "phi-3-mini-4k-instruct" },
    method: "qlora",
    input: { urls: ["https://data.example/set.parquet"] },
    output: { image: "registry.example/out:1", imagePushSecret: "push" },
  };
  return { ...rest, tuning };
}

function sized(instanceType: string): JsonObject {
  return { instanceType, labelSelector: { matchLabels: { apps: "stored" } } };
}

function storedBy(release: string): readonly Stored[] {
  const folder = join(CASES, release);
  return readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Stored);
}

/** Writes what the release being made stores. */
async function write(release: string): Promise<void> {
  mkdirSync(join(CASES, release), { recursive: true });
  for (const object of MADE) {
    const path = `${collectionOf(PLACE)}?dryRun=All`;
    const { metadata, ...made } = (await cluster().api.must({ method: "POST", path, body: object })) as Stored;
    const { name, namespace, annotations = {} } = metadata;
    const stored = { ...made, metadata: { name, namespace, annotations } };
    writeFileSync(join(CASES, release, `${name}.json`), `${JSON.stringify(stored, null, 1)}\n`);
  }
}

/** As a cluster has it that an older version served: stored without today's webhook. */
async function restored(object: Stored): Promise<void> {
  const { name } = object.metadata;
  await cluster().api.call({
    method: "PATCH",
    path: `${collectionOf(PLACE)}/${name}`,
    body: { metadata: { finalizers: null } },
  });
  await mustKubectl(["delete", "workspace", name, "-n", PLACE, "--ignore-not-found", "--timeout=60s"]);
  await waitFor("what it left to go", async () => (await templateOf(object)) === undefined);
  await cluster().api.must({ method: "POST", path: collectionOf(PLACE), body: object });
}

function withoutExpansion({ expansion: _, ...object }: Stored): JsonObject {
  return object;
}

/** The pod template of its workload without the reconciler's own mark. */
async function templateOf(object: Stored): Promise<JsonObject | undefined> {
  const { kind, name } = object.expansion["workload"] as { readonly kind: string; readonly name: string };
  const group = kind === "Job" ? "batch" : "apps";
  const workload = await read(`/apis/${group}/v1/namespaces/${PLACE}/${kind.toLowerCase()}s/${name}`);
  const spec = isObject(workload) ? workload["spec"] : undefined;
  return isObject(spec) ? withoutJobLabels(spec["template"] as JsonObject) : undefined;
}

/** The API server labels the pods of a Job by the Job. */
function withoutJobLabels(template: JsonObject): JsonObject {
  const metadata = (template["metadata"] ?? {}) as JsonObject;
  const labels = Object.entries((metadata["labels"] ?? {}) as JsonObject).filter(([key]) => !JOB_LABEL.test(key));
  return { ...template, metadata: { ...metadata, labels: Object.fromEntries(labels) } };
}

/** The stored template as the API server completes it in any typed object. */
async function asTyped(object: Stored): Promise<unknown> {
  const template = object.expansion["podTemplate"] ?? {};
  const body = { apiVersion: "v1", kind: "PodTemplate", metadata: { name: object.metadata.name }, template };
  const path = `/api/v1/namespaces/${PLACE}/podtemplates?dryRun=All`;
  const typed = await cluster().api.must({ method: "POST", path, body });
  return isObject(typed) ? typed["template"] : undefined;
}

async function renderLive(folder: string): Promise<string> {
  const { kubeconfig, context, workDir } = cluster();
  const flags = ["--live", `--kubeconfig=${kubeconfig}`, `--context=${context}`, "-n", PLACE, "--format=json"];
  const env = scrubbedEnvironment(workDir);
  const child = spawn(process.execPath, [join(folder, "bin/foresail.js"), "render", ...flags], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect(code, "foresail render --live").to.equal(0);
  return text;
}
