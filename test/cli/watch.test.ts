import { expect } from "chai";
import { before, describe, it } from "mocha";
import { readDecision } from "../../src/cli/watch/decision.ts";
import { admit } from "../../src/core/admit.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { loadCatalogue } from "../../src/load.ts";
import { presetPod } from "../core/preset-pod/support.ts";
import { call, testServer } from "../webhook/support/tls-server.ts";
import { foresailHere } from "./support/here.ts";
import { foresail } from "./support/program.ts";

const SECRET = "hunter2-do-not-log";

describe("foresail watch -", () => {
  let log: string;
  before(async () => {
    const catalogue = loadCatalogue();
    const { server, lines, ca } = await testServer((review, phase) => admit(review, catalogue, phase));
    const send = (request: JsonObject, path = "/mutate") =>
      call({ port: server.port, ca, path, body: JSON.stringify({ kind: "AdmissionReview", request }) });
    await send(create("good", "phi-4"));
    const { object = {}, ...rest } = create("good", "phi-4");
    await send({ ...rest, operation: "UPDATE", object, oldObject: object }, "/validate");
    // What is given in the wrong field may be a secret; the denial quotes it.
    await send(create("bad", SECRET));
    await send({ ...create("tried", "phi-4"), dryRun: true });
    await send({ ...create("tried-bad", "phi-5"), dryRun: true, userInfo: { username: "flux\u001b[2J" } });
    await send({ ...create("elsewhere", "phi-5"), namespace: "other" });
    await send({
      ...create("pod", "phi-4"),
      name: "",
      kind: { group: "", version: "v1", kind: "Pod" },
      object: presetPod(),
    });
    const own = create("tried-out", "phi-4");
    const kind = { group: "foresail.dev", version: "v1beta1", kind: "Workspace" };
    await send({ ...own, kind, object: { ...(own["object"] as JsonObject), apiVersion: "foresail.dev/v1beta1" } });
    await server.stop({ drainMs: 0, graceMs: 0 });
    // pino's own time is a number here; what ships writes RFC 3339.
    log = lines.map((line) => JSON.stringify({ ...line, time: "2026-11-22T10:11:12.345Z" })).join("\n");
  });

  const told = async (...args: string[]) => {
    const { code, stdout, stderr } = await foresail(["watch", "-", ...args], { input: log });
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    return stdout.split("\n").filter((line) => line !== "");
  };
  const heads = (lines: readonly string[]) => lines.filter((line) => /^\d/.test(line));

  it("tells who was expanded or refused, each once, and why", async () => {
    const lines = await told();
    expect(heads(lines).slice(0, 2)).to.deep.equal([
      "10:11:12  expanded  create  team/good  by alice@example.com",
      "10:11:12  refused  create  team/bad  by alice@example.com",
    ]);
    const why = lines[lines.findIndex((line) => line.includes("team/bad")) + 1];
    expect(why).to.match(/preset\/unknown at inference\.preset\.name: .*foresail preset add/);
  });

  it("tells of Workspaces of our own group by it", async () => {
    const [own, ...others] = heads(await told()).filter((line) => line.includes("Workspace."));
    expect(others).to.have.length(0);
    expect(own).to.equal("10:11:12  expanded  create  Workspace.foresail.dev team/tried-out  by alice@example.com");
  });

  it("tells of preset pods by what their name begins with", async () => {
    const [pod, ...others] = heads(await told()).filter((line) => line.includes("pod "));
    expect(others).to.have.length(0);
    expect(pod).to.equal("10:11:12  expanded  create  pod team/phi-7d9c-  by alice@example.com");
  });

  it("tells of dry runs what was refused, and all when asked", async () => {
    const objects = (lines: readonly string[]) => heads(lines).filter((line) => line.includes("(dry run)"));
    expect(objects(await told())).to.have.length(1);
    expect(objects(await told("--dry-runs"))).to.have.length(2);
  });

  it("narrows down to refusals, a Workspace, a namespace", async () => {
    expect(heads(await told("--refused"))).to.have.length(3);
    expect(heads(await told("--workspace=team/bad"))).to.have.length(1);
    expect(heads(await told("--workspace=other/"))).to.have.length(1);
  });

  it("passes nothing on that a terminal would obey, and knows nothing of the objects", async () => {
    const text = (await told("--dry-runs")).join("\n");
    expect(text).to.include("flux?[2J").and.to.not.include("\u001b");
    expect(text + log).to.not.include(SECRET);
  });

  it("gives one JSON object a line to programs", async () => {
    const [first] = (await told("-o", "json", "--workspace=team/bad")).map((line) => JSON.parse(line));
    expect(first).to.include({ object: "team/bad", verdict: "denied", user: "alice@example.com" });
    expect(first.causes).to.deep.equal([{ code: "preset/unknown", field: "inference.preset.name" }]);
  });

  it("skips every other line: broken, foreign, hostile", () => {
    for (const line of [
      "",
      "{",
      "null",
      "[]",
      '{"verdict":"toString"}',
      '{"verdict":7}',
      '{"__proto__":{"verdict":"denied"}}',
    ]) {
      expect(readDecision(line), line).to.equal(undefined);
    }
  });

  it("wants a cluster or -", async () => {
    for (const args of [[], ["somewhere"], ["--kubeconfig=x"]]) {
      const { code, stderr } = await foresailHere(["watch", ...args]);
      expect(code).to.equal(2);
      expect(stderr).to.match(/give --kubeconfig|takes "-"/);
    }
  });
});

function create(name: string, preset: string): JsonObject {
  const metadata = { name, namespace: "team", annotations: { "example.com/token": SECRET } };
  return {
    uid: name,
    kind: { group: "kaito.sh", version: "v1beta1", kind: "Workspace" },
    operation: "CREATE",
    namespace: "team",
    name,
    userInfo: { username: "alice@example.com" },
    object: {
      apiVersion: "kaito.sh/v1beta1",
      kind: "Workspace",
      metadata,
      resource: { instanceType: "Standard_NC24ads_A100_v4", labelSelector: { matchLabels: { app: name } } },
      inference: { preset: { name: preset } },
    },
  };
}
