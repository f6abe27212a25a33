import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, it } from "mocha";
import { canonicalJson } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { describeWith, kubectl, mustKubectl, namespace } from "../support/cluster.ts";
import { type Foresail, startForesail } from "../support/foresail.ts";
import { conditionOf, mustGetWorkspace, rendered, renderProcess, waitForCondition } from "./workspaces.ts";

const example = (path: string): string => join(packageRoot(), "examples", path);
const inference = [
  example("inference/kaito_workspace_phi_3.yaml"),
  example("inference/kaito_workspace_phi_3_with_adapters.yaml"),
];
const tuning = [
  example("fine-tuning/kaito_workspace_tuning_phi_3.yaml"),
  example("fine-tuning/kaito_workspace_tuning_phi_3_128k.yaml"),
];
const names = ["workspace-phi-3-mini", "workspace-phi-3-mini-adapter"];

/** The parts a render must agree with the cluster on, byte for byte in canonical JSON. */
function comparable({ resource, inference: serve, tuning: train, expansion, metadata }: Workspace): string {
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([key]) => key !== "kubectl.kubernetes.io/last-applied-configuration",
  );
  const named = { name: metadata.name, namespace: metadata.namespace, labels: metadata.labels };
  return canonicalJson({
    resource,
    inference: serve,
    tuning: train,
    expansion,
    ...named,
    ...(annotations.length > 0 ? { annotations: Object.fromEntries(annotations) } : {}),
  });
}

describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "the examples, end to end", () => {
  let foresail: Foresail;
  before(async () => {
    foresail = await startForesail();
  });
  after(() => foresail.stop());

  it("run: inference Workspaces become ready on new nodes, tuning ones start, tables read as users expect", async () => {
    const [serve, train] = [await namespace("serve"), await namespace("train")];
    for (const file of inference) await mustKubectl(["apply", "-n", serve, "-f", file]);
    for (const file of tuning) await mustKubectl(["apply", "-n", train, "-f", file]);
    await Promise.all([
      ...names.map((name) => waitForCondition(serve, name, "WorkspaceReady")),
      ...names.map((name) => waitForCondition(train, name, "JobStarted")),
    ]);
    const table = await mustKubectl(["get", "workspace", "-n", serve]);
    const [head, ...rows] = table
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/));
    expect(head).to.deep.equal(["NAME", "INSTANCE", "RESOURCEREADY", "INFERENCEREADY", "WORKSPACEREADY", "AGE"]);
    expect(rows.map((row) => row.slice(0, 5))).to.deep.equal(
      names.map((name) => [name, "Standard_NC6s_v3", "True", "True", "True"]),
    );
    for (const name of names) {
      const service = await mustKubectl(["get", "svc", name, "-n", serve, "--no-headers"]);
      expect(service).to.match(/ClusterIP .* 80\/TCP,29500\/TCP/);
      expect(await mustKubectl(["get", "svc", name, "-n", serve, "-o", "jsonpath={.spec.clusterIPs[0]}"])).to.match(
        /^10\.0\.\d+\.\d+$/,
      );
      const workspace = await mustGetWorkspace(serve, name);
      expect([
        conditionOf(workspace, "Ready"),
        conditionOf(workspace, "InferenceReady"),
        conditionOf(workspace, "Reconciling"),
      ]).to.deep.equal(["True", "True", undefined]);
    }
  });

  for (const [how, flags] of [
    ["kubectl apply", ["apply"]],
    ["server-side apply", ["apply", "--server-side"]],
    ["strict create", ["create", "--validate=strict"]],
  ] as const) {
    it(`go in verbatim by ${how} and equal what render prints, byte for byte`, async () => {
      const spaces = { serve: await namespace("verbatim"), train: await namespace("verbatim") };
      for (const [space, files] of [
        [spaces.serve, inference],
        [spaces.train, tuning],
      ] as const) {
        for (const file of files) {
          await mustKubectl([...flags, "-n", space, "-f", file]);
          const [printed] = await rendered(["-n", space, file]);
          const live = await mustGetWorkspace(space, printed?.metadata.name ?? "");
          expect(printed && comparable(printed)).to.equal(comparable(live));
        }
      }
    });
  }

  it("change nothing when applied again", async () => {
    const space = await namespace("again");
    for (const apply of [
      ["apply"],
      ["apply", "--server-side", "--field-manager=kustomize-controller", "--force-conflicts"],
    ]) {
      for (const file of inference) {
        await mustKubectl([...apply, "-n", space, "-f", file]);
        await waitForCondition(space, names[inference.indexOf(file)] ?? "", "WorkspaceReady");
        const before = await mustGetWorkspace(space, names[inference.indexOf(file)] ?? "");
        await mustKubectl([...apply, "-n", space, "-f", file]);
        const { metadata } = await mustGetWorkspace(space, names[inference.indexOf(file)] ?? "");
        expect([metadata.resourceVersion, metadata.generation]).to.deep.equal([
          before.metadata.resourceVersion,
          before.metadata.generation,
        ]);
      }
    }
  });

  it("are shown by a server-side dry run and by kubectl diff before they are there, and by no diff after", async () => {
    const space = await namespace("dry");
    const file = inference[0] ?? "";
    const shown = await mustKubectl(["apply", "--dry-run=server", "-o", "json", "-n", space, "-f", file]);
    const [printed] = await rendered(["-n", space, file]);
    expect(comparable(JSON.parse(shown))).to.equal(printed && comparable(printed));
    const change = await kubectl(["diff", "-n", space, "-f", file]);
    expect([change.code, change.stdout]).to.satisfy(
      ([code, text]: [number, string]) => code === 1 && text.includes("+  podTemplate:"),
    );
    await mustKubectl(["apply", "-n", space, "-f", file]);
    const same = await kubectl(["diff", "-n", space, "-f", file]);
    expect([same.code, same.stdout]).to.deep.equal([0, ""]);
  });

  it("agree with render through a kustomization that sets the namespace", async () => {
    const space = await namespace("kustomized");
    const directory = mkdtempSync(join(tmpdir(), "foresail-kustomization-"));
    writeFileSync(join(directory, "workspace.yaml"), await renderSource(inference[0] ?? ""));
    writeFileSync(join(directory, "kustomization.yaml"), `namespace: ${space}\nresources: [workspace.yaml]\n`);
    await mustKubectl(["apply", "-k", directory]);
    const [printed] = await rendered([directory]);
    expect(printed && comparable(printed)).to.equal(comparable(await mustGetWorkspace(space, "workspace-phi-3-mini")));
  });

  it("take the 128k preset on the same size, with the context cut and a warning that gives the numbers", async () => {
    const space = await namespace("long");
    const source = (await renderSource(inference[0] ?? "")).replace(
      "phi-3-mini-4k-instruct",
      "phi-3-mini-128k-instruct",
    );
    const result = await kubectl(["apply", "-n", space, "-f", "-"], source);
    expect(result.code).to.equal(0);
    expect(result.stderr).to.include(
      "Warning: context cut to 8848 of 131072 tokens: 3.25 of 16 GiB are left for the KV cache",
    );
    expect((await mustGetWorkspace(space, "workspace-phi-3-mini")).expansion?.memory?.maxModelLen).to.equal(8848);
  });

  for (const how of [
    ["apply"],
    ["apply", "--server-side", "--force-conflicts"],
    ["apply", "--server-side", "--field-manager=other", "--force-conflicts"],
    ["replace"],
  ]) {
    it(`refuse a tuning manifest over an inference Workspace of the same name by kubectl ${how.join(" ")}, and keep it`, async () => {
      const space = await namespace("clash");
      await mustKubectl(["apply", "-n", space, "-f", inference[0] ?? ""]);
      const before = await mustGetWorkspace(space, "workspace-phi-3-mini");
      const result = await kubectl([...how, "-n", space, "-f", tuning[0] ?? ""]);
      expect(result.code).to.not.equal(0);
      expect(result.stderr).to.include(
        "tuning cannot take the place of inference in Workspace workspace-phi-3-mini: use another name or namespace for it",
      );
      const live = await mustGetWorkspace(space, "workspace-phi-3-mini");
      expect([live.metadata.uid, live.tuning]).to.deep.equal([before.metadata.uid, undefined]);
      expect(live.expansion).to.deep.equal(before.expansion);
    });
  }

  it("are explained field by field", async () => {
    const text = await mustKubectl(["explain", "workspace.expansion.memory"]);
    for (const field of ["kvCacheGiB", "maxConcurrency", "maxModelLen", "overheadGiB", "perGpuGiB", "weightsGiB"]) {
      expect(text).to.match(new RegExp(`${field}\\s+<\\w+>[^\\n]*\\n\\s+\\S`));
    }
  });

  it("are printed by render --objects with the children the reconciler makes", async () => {
    const printed = await renderProcess(["--objects", "-n", "x", inference[0] ?? ""]);
    for (const kind of ["Deployment", "Service", "NetworkPolicy"]) expect(printed).to.include(`kind: ${kind}`);
  });
});

async function renderSource(file: string): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  return await readFile(file, "utf8");
}
