import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, it } from "mocha";
import { canonicalJson, type JsonObject } from "../../../src/core/json.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { getWorkspace, mustGetWorkspace, refused, rendered, serving, workspacePath } from "../e2e/workspaces.ts";
import { apply, cluster, describeWith, mustKubectl, namespace, read, readItems, waitFor } from "../support/cluster.ts";
import { type Foresail, startForesail } from "../support/foresail.ts";
import { readyz } from "../support/webhook.ts";

const A100 = "Standard_NC24ads_A100_v4";
const OWN = "foresail-system";
const LABEL = "foresail.dev/catalog-data";
const acme = readFileSync(join(packageRoot(), "presets/models/phi-4.yaml"), "utf8")
  .replace(/^name: .*/m, "name: acme-chat")
  .replace(/^model: .*/m, "model: acme/chat")
  .replace(/^aliases: .*\n/m, "");
const broken = acme.replace(/^weightsGiB: .*/m, "weightsGiB: heavy");
const lineOfWeights = acme.split("\n").findIndex((line) => line.startsWith("weightsGiB:")) + 1;

function configMap(name: string, data: JsonObject, where = OWN): JsonObject {
  const metadata = { name, namespace: where, labels: { [LABEL]: "true" } };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data };
}

interface Line {
  readonly msg?: string;
  readonly catalogue?: string;
  readonly findings?: readonly string[];
}

describeWith([], "catalogue data in ConfigMaps", () => {
  let foresail: Foresail;
  let space: string;
  before(async () => {
    foresail = await startForesail();
    space = await namespace("catalogue");
  });
  after(async () => {
    await mustKubectl(["delete", "workspaces", "-n", space, "--all", "--wait=true"]);
    await mustKubectl(["delete", "configmap", "-n", OWN, "-l", LABEL, "--wait=true"]);
    await foresail.stop();
  });

  const processes = (): readonly string[] => [foresail.webhook.name, foresail.reconciler.name];
  const lines = (name: string): readonly Line[] =>
    readFileSync(join(cluster().workDir, `${name}.log`), "utf8")
      .split("\n")
      .filter((line) => line.endsWith("}"))
      .map((line) => JSON.parse(line));
  const swaps = (name: string): readonly string[] =>
    lines(name).flatMap(({ msg, catalogue }) => (msg === "catalogue" && catalogue !== undefined ? [catalogue] : []));

  /** Applies, and gives the identity both processes have swapped to because of it. */
  async function swapped(change: () => Promise<unknown>): Promise<string> {
    const before = processes().map((name) => swaps(name).length);
    await change();
    const [one, other] = await Promise.all(
      processes().map((name, i) =>
        waitFor(`${name} to swap its catalogue`, () => {
          const since = swaps(name).slice(before[i]);
          return since.at(-1);
        }),
      ),
    );
    expect(one, "webhook and reconciler").to.equal(other);
    return one ?? "";
  }

  async function create(name: string, preset = "acme-chat"): Promise<void> {
    await mustKubectl(["create", "-n", space, "-f", "-"], JSON.stringify(serving(name, preset, A100)));
  }

  const denial = (name: string): Promise<string> =>
    refused(["create", "-n", space, "-f", "-"], serving(name, "acme-chat", A100));

  it("denies an unknown preset, and admits it without a restart once its file is there", async () => {
    expect(await denial("early")).to.match(/"acme-chat" is not in catalogue 2026\.11\.0[^+]/);
    await create("shipped", "phi-4");
    const id = await swapped(() => apply(configMap("acme", { "models.acme-chat.yaml": acme })));
    expect(id).to.match(/^2026\.11\.0\+[0-9a-f]{8}$/);
    await create("own");
    const stored = await mustGetWorkspace(space, "own");
    expect(stored.expansion?.catalog).to.equal(id);
    expect(stored.expansion?.preset?.model).to.equal("acme/chat");
  });

  it("stores what render prints with the same file, whatever the file is called", async () => {
    const directory = mkdtempSync(join(tmpdir(), "foresail-catalogue-"));
    writeFileSync(join(directory, "ours.yaml"), acme);
    const [printed] = await rendered(
      ["--catalog", join(directory, "ours.yaml"), "-n", space, "-"],
      JSON.stringify(serving("own", "acme-chat", A100)),
    );
    const stored = await mustGetWorkspace(space, "own");
    expect(canonicalJson(printed?.expansion)).to.equal(canonicalJson(stored.expansion));
  });

  it("refuses bad data with key and line, in the logs and as an event, and keeps the old", async () => {
    await apply(configMap("acme", { "models.acme-chat.yaml": broken }));
    const told = `ConfigMap acme/models.acme-chat.yaml:${lineOfWeights}: weightsGiB must be of type number, given "heavy"`;
    for (const name of processes()) {
      await waitFor(`${name} to refuse`, () => lines(name).some(({ findings }) => findings?.includes(told)));
    }
    await waitFor("the event", async () => {
      const events = await readItems<{ readonly note?: string; readonly regarding?: { readonly kind: string } }>(
        `/apis/events.k8s.io/v1/namespaces/${OWN}/events`,
      );
      return events.some(({ note, regarding }) => note === told && regarding?.kind === "ConfigMap");
    });
    await create("still");
    expect(await readyz(foresail.webhook.port)).to.equal(200);
    expect((await foresail.reconciler.readyz()).status).to.equal(200);
  });

  it("starts with bad data there: without that ConfigMap, with the others", async () => {
    await apply(configMap("prices", { "defaults.yaml": 'vllmFlags: {seed: "7"}\n' }));
    await foresail.webhook.stop();
    await foresail.webhook.start();
    const last = lines(foresail.webhook.name).findLast(({ findings }) => findings !== undefined);
    expect(last?.msg).to.equal("catalogue data refused: left out");
    expect(await denial("late")).to.match(/"acme-chat" is not in catalogue 2026\.11\.0\+[0-9a-f]{8}/);
    await create("seeded", "phi-4");
    const args = JSON.stringify((await mustGetWorkspace(space, "seeded")).expansion?.podTemplate);
    expect(args).to.include("--seed=7");
  });

  it("denies again when the file is gone; what is stored stays as it is and is drift of nobody", async () => {
    const before = await mustGetWorkspace(space, "own");
    await swapped(() => mustKubectl(["delete", "configmap", "-n", OWN, "prices", "acme"]));
    expect(await denial("late")).to.match(/"acme-chat" is not in catalogue 2026\.11\.0[^+]/);
    // A change that is no input: admission is asked and writes back what is stored.
    await cluster().api.must({
      method: "PATCH",
      path: workspacePath(space, "own"),
      contentType: "application/merge-patch+json",
      body: { expansion: null },
    });
    const now = await mustGetWorkspace(space, "own");
    expect(canonicalJson(now.expansion)).to.equal(canonicalJson(before.expansion));
    await waitFor("its workload", () => read(`/apis/apps/v1/namespaces/${space}/deployments/own`));
    expect(now.status?.conditions?.find(({ type }) => type === "Stalled")?.status).to.not.equal("True");
  });

  it("takes no notice of ConfigMaps elsewhere, or without the label", async () => {
    const before = processes().map((name) => swaps(name).length);
    const { metadata: _labelled, ...rest } = configMap("plain", { "models.acme-chat.yaml": acme });
    await apply(
      configMap("elsewhere", { "models.acme-chat.yaml": acme }, space),
      { ...rest, metadata: { name: "plain", namespace: OWN } },
      configMap("flags", { "defaults.yaml": 'vllmFlags: {seed: "8"}\n' }),
    );
    for (const [i, name] of processes().entries()) {
      await waitFor(`${name} to swap`, () => swaps(name).length > (before[i] ?? 0));
    }
    expect(await denial("elsewhere")).to.match(/is not in catalogue/);
    await mustKubectl(["delete", "configmap", "-n", OWN, "plain"]);
    expect(await getWorkspace(space, "elsewhere")).to.equal(undefined);
  });
});
