import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { it } from "mocha";
import { parse, stringify } from "yaml";
import type { JsonObject } from "../../src/core/json.ts";
import { WORKSPACE_GROUPS, workspaceKind } from "../../src/core/kinds/workspace.ts";
import { reasonGroups } from "../../src/core/status/reasons.ts";
import { ARGO_CONFIG, ARGO_FOLDER, describeHealth, luaScript, type Verdict } from "./support/engines.ts";
import { foresailStates } from "./support/foresail-states.ts";
import { kaitoStates } from "./support/kaito-states.ts";
import { EXPECTED, type State } from "./support/state.ts";

/** `UPDATE_GOLDEN=1` writes manifests/health/argo-cd anew: testdata from the states, health_test.yaml, argocd-cm.yaml. */
const updating = process.env["UPDATE_GOLDEN"] === "1";
const testdata = join(ARGO_FOLDER, "testdata");
const listFile = join(ARGO_FOLDER, "health_test.yaml");

interface UpstreamTest {
  readonly inputPath: string;
  readonly healthStatus: { readonly status: string; readonly message?: string };
}

const foresail = foresailStates();
const kaito = kaitoStates();
const states = [...foresail, ...kaito];

const fileOf = ({ name }: State): string => `${name}.yaml`;

describeHealth("health for GitOps", (judge) => {
  for (const state of foresail) {
    const [argoCd, flux, kstatus] = EXPECTED[state.meaning];
    it(`${state.name} is ${state.meaning}: ${argoCd} to Argo CD, ${flux} to Flux, ${kstatus} to kstatus`, async () => {
      const said = await judge(state.object);
      expect([said.argoCd.status, said.flux.status, said.kstatus.status]).to.deep.equal([argoCd, flux, kstatus]);
      expect([said.argoCd.error, said.flux.error]).to.deep.equal([undefined, undefined]);
    });
  }

  // kstatus knows none of KAITO's conditions and calls everything Current: the reason for the expressions.
  for (const state of kaito) {
    const [argoCd, flux] = EXPECTED[state.meaning];
    it(`${state.name} is ${state.meaning}: ${argoCd} to Argo CD, ${flux} to Flux`, async () => {
      const said = await judge(state.object);
      expect([said.argoCd.status, said.flux.status]).to.deep.equal([argoCd, flux]);
      expect([said.argoCd.error, said.flux.error]).to.deep.equal([undefined, undefined]);
      expect(said.kstatus.status).to.equal(state.meaning === "deleting" ? "Terminating" : "Current");
    });
  }

  it("every reason to stall is among the states", () => {
    const reasons = foresail.map((state) => state.stalled).filter((reason) => reason !== undefined);
    const stalling = reasonGroups.flatMap((group) =>
      Object.entries(group.reasons).flatMap(([reason, { stalled }]) => (stalled === "never" ? [] : [reason])),
    );
    expect([...new Set(reasons)].sort()).to.deep.equal(stalling.sort());
  });

  it("a definition that drops status.observedGeneration, as KAITO's does, hides a change from kstatus only", async () => {
    const serving = foresail.find((state) => state.name === "foresail_serving")?.object as JsonObject;
    const { observedGeneration: _, ...status } = serving["status"] as JsonObject;
    const object = { ...serving, metadata: { ...(serving["metadata"] as JsonObject), generation: 2 }, status };
    const said = await judge(object);
    expect([said.argoCd.status, said.flux.status, said.kstatus.status]).to.deep.equal([
      ...["Progressing", "InProgress", "Current"],
    ]);
  });

  it("between the finalizer and the first status Flux has nothing to read where KAITO's definition is kept, and waits", async () => {
    const object = kaito.find((state) => state.name === "kaito_just_created")?.object as JsonObject;
    const metadata = { ...(object["metadata"] as JsonObject), finalizers: ["workspace.finalizer.kaito.sh"] };
    const said = await judge({ ...object, metadata });
    expect(said.flux.status).to.equal("Unknown");
    expect(said.flux.error).to.contain("status");
    expect(said.argoCd.status).to.equal("Progressing");
  });

  it("a status of unknown shape ends in patience, not in an error or in success", async () => {
    const object = kaito[0]?.object as JsonObject;
    const metadata = { ...(object["metadata"] as JsonObject), finalizers: ["example.test/any"] };
    const condition = { type: "Ready", status: "Unknown", reason: "Other", lastTransitionTime: "2026-11-22T12:00:00Z" };
    for (const status of [{}, { conditions: [] }, { state: "Ready" }, { conditions: [condition] }]) {
      const said = await judge({ ...object, metadata, status });
      expect([said.argoCd.status, said.flux.status], JSON.stringify(status)).to.deep.equal([
        "Progressing",
        "InProgress",
      ]);
    }
  });

  it("Argo CD's test file passes in its own format: status and message of every file of testdata", async () => {
    if (updating) await writeTests((object) => judge(object));
    const { tests } = parse(readFileSync(listFile, "utf8")) as { readonly tests: readonly UpstreamTest[] };
    for (const { inputPath, healthStatus } of tests) {
      const object = parse(readFileSync(join(ARGO_FOLDER, inputPath), "utf8")) as JsonObject;
      expect((await judge(object)).argoCd, inputPath).to.deep.equal(healthStatus);
    }
    const files = readdirSync(testdata).sort();
    // Upstream's runner does not ask for what Argo CD says of deletion by itself; these files are not for it.
    const told = states.filter((state) => state.meaning !== "deleting").map(fileOf);
    expect(tests.map(({ inputPath }) => inputPath.replace("testdata/", "")).sort()).to.deep.equal(files);
    expect(files).to.deep.equal(told.sort());
  });

  it("its testdata are the states of today", () => {
    for (const state of states.filter(({ meaning }) => meaning !== "deleting")) {
      expect(parse(readFileSync(join(testdata, fileOf(state)), "utf8")), state.name).to.deep.equal(state.object);
    }
  });

  it("the patch of argocd-cm carries the script", () => {
    if (updating) writeFileSync(ARGO_CONFIG, configPatch());
    const patch = parse(readFileSync(ARGO_CONFIG, "utf8")) as { readonly data: { readonly [key: string]: string } };
    expect(patch.data).to.deep.equal(customizations());
  });
});

async function writeTests(judge: (object: JsonObject) => Promise<{ readonly argoCd: Verdict }>): Promise<void> {
  rmSync(testdata, { recursive: true, force: true });
  mkdirSync(testdata, { recursive: true });
  const tests: UpstreamTest[] = [];
  for (const state of states.filter(({ meaning }) => meaning !== "deleting")) {
    writeFileSync(join(testdata, fileOf(state)), stringify(state.object, { lineWidth: 0 }));
    const { status = "", message } = (await judge(state.object)).argoCd;
    const healthStatus = { status, ...(message === undefined ? {} : { message }) };
    tests.push({ healthStatus, inputPath: `testdata/${fileOf(state)}` });
  }
  writeFileSync(listFile, stringify({ tests }, { lineWidth: 0 }));
}

/** Argo CD asks by group and kind. */
function customizations(): { readonly [key: string]: string } {
  const keys = WORKSPACE_GROUPS.map((group) => `resource.customizations.health.${group}_${workspaceKind.kind}`);
  return Object.fromEntries(keys.map((key) => [key, luaScript()]));
}

function configPatch(): string {
  const head =
    "# A patch for Argo CD's ConfigMap argocd-cm; see docs/gitops-health.md. Made from kaito.sh/Workspace/health.lua.\n";
  const metadata = { name: "argocd-cm", namespace: "argocd" };
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata, data: customizations() };
  return head + stringify(object, { lineWidth: 0, aliasDuplicateObjects: false });
}
