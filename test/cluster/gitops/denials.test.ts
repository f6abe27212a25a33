import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { it } from "mocha";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import { scrubbedEnvironment } from "../../../src/local/environment.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { cluster, kubectl } from "../support/cluster.ts";
import { collectionOf, inGit, live } from "./support/git.ts";
import { describeGitOps } from "./support/gitops.ts";

const GOLDEN = join(packageRoot(), "test/cluster/gitops/denials.txt");
const LONGEST_WARNING = 120;

/** What git may say wrong, one kind of denial each. */
const WRONG: Readonly<Record<string, (place: string, name: string) => JsonObject>> = {
  "a preset that is not there": (place, name) => inGit(place, name, { inference: { preset: { name: "phi-44" } } }),
  "a size that is not there": (place, name) => inGit(place, name, { resource: sized("Standard_NC24ads_A100") }),
  "a size that is too small": (place, name) =>
    inGit(place, name, {
      resource: sized("Standard_NC6s_v3"),
      inference: { preset: { name: "llama-3.3-70b-instruct" } },
    }),
  "a word where a number is due": (place, name) => annotated(place, name, "foresail.dev/replicas", "many"),
  "a release that is not carried": (place, name) => annotated(place, name, "foresail.dev/catalog", "2020.1.0"),
  "a budget that buys nothing": (place, name) => annotated(place, name, "foresail.dev/max-hourly-price", "0.01"),
  "a value outside an enumeration": (place, name) =>
    inGit(place, name, { resource: { ...sized("Standard_NC24ads_A100_v4"), partition: { mode: "half" } } }),
  "two faults at once": (place, name) =>
    inGit(place, name, { inference: { preset: { name: "phi-44" } } }, { annotations: { "foresail.dev/ttl": "soon" } }),
  "training in the place of serving": (place, name) => ({
    ...inGit(place, name, { tuning: TUNING }),
    inference: null,
  }),
};

/** What no value of its type, or no value at all, is: the API server's own answer would be 422, on which Flux deletes. */
const MALFORMED: Readonly<Record<string, (place: string, name: string) => JsonObject>> = {
  "a text where a number belongs": (place, name) =>
    inGit(place, name, { resource: { ...sized("Standard_NC24ads_A100_v4"), count: "two" } }),
  "a list where an object belongs": (place, name) => inGit(place, name, { inference: { preset: ["phi-4"] } }),
  "no labelSelector": (place, name) => inGit(place, name, { resource: { instanceType: "Standard_NC24ads_A100_v4" } }),
  "a negative number": (place, name) =>
    inGit(place, name, { resource: { ...sized("Standard_NC24ads_A100_v4"), count: -1 } }),
};

const TUNING: JsonObject = {
  method: "qlora",
  preset: { name: "phi-3-mini-128k-instruct" },
  input: { urls: ["https://data.example/set.parquet"] },
  output: { image: "registry.example/out:1", imagePushSecret: "push" },
};

describeGitOps("GitOps: what admission refuses", (given) => {
  it("rule 19: with 403, so that Flux with force never deletes the live object", async () => {
    const { engines, place } = given();
    for (const [i, [title, wrong]] of Object.entries({ ...WRONG, ...MALFORMED }).entries()) {
      const name = `kept-${i}`;
      await engines.flux.apply([inGit(place, name)]);
      const before = await live(place, name);
      const body = withoutNulls(wrong(place, name));
      const said = await engines.flux.refusal([body], { force: true });
      expect(said, title).to.not.match(/is immutable|immutable field/);
      const now = await live(place, name);
      expect(now.metadata.uid, `${title}: ${said}`).to.equal(before.metadata.uid);
      expect(now.metadata.generation, title).to.equal(1);
      if (title.startsWith("training")) continue;
      const path = `${collectionOf(place)}?dryRun=All`;
      const answer = await cluster().api.call({ method: "POST", path, body: wrong(place, `new-${i}`) });
      expect(answer.status, title).to.equal(403);
      expect(answer.body, title).to.have.property("reason", "Forbidden");
    }
  });

  it("rule 20: one line with path, what was given and what to do, the same from foresail check", async () => {
    const { place } = given();
    const [lines, told, manifests]: [string[], [string, string][], JsonObject[]] = [[], [], []];
    for (const [title, wrong] of Object.entries(WRONG)) {
      if (title.startsWith("training")) continue;
      const manifest = wrong(place, `wrong-${manifests.length}`);
      const path = `${collectionOf(place)}?dryRun=All`;
      const { body } = await cluster().api.call({ method: "POST", path, body: manifest });
      const message = isObject(body) ? String(body["message"]) : "";
      expect(message, title).to.not.match(/[\r\n]/);
      const denial = message.replace(/^admission webhook "mutate.foresail.dev" denied the request: /, "");
      const causes = causesOf(body).filter(({ message: text }) => denial.includes(text));
      expect(causes.map(({ message: text }) => text).join("; "), title).to.equal(denial);
      for (const { reason, message: text } of causes) told.push([` error ${reason} `, `: ${text}`]);
      manifests.push(manifest);
      lines.push(title, ...causes.map(({ field, reason, message: text }) => `  ${field} ${reason}: ${text}`));
    }
    const checked = await check(manifests);
    const findings = checked.split("\n");
    for (const words of told) {
      expect(
        findings.some((line) => words.every((one) => line.includes(one))),
        words.join(),
      ).to.equal(true);
    }
    const text = `${lines.join("\n")}\n`;
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(GOLDEN, text);
    expect(text).to.equal(readFileSync(GOLDEN, "utf8"));
  });

  it("rule 21: what is only worth knowing is a warning of at most 120 characters", async () => {
    const { engines, place } = given();
    const resource = { ...sized("Standard_NC6s_v3"), preferredNodes: ["node-1"], count: 3 };
    const annotations = { "inference.kaito.sh/static-model-mirrorr": "x" };
    const metadata = { annotations };
    const soft = inGit(
      place,
      "soft",
      {
        resource,
        inference: { preset: { name: "phi-3-mini-4k-instruct", accessMode: "private" } },
      },
      metadata,
    );
    const { code, stderr } = await kubectl(["apply", "-f", "-"], JSON.stringify(soft));
    expect(code, stderr).to.equal(0);
    const warnings = stderr.split("\n").filter((line) => line.startsWith("Warning: "));
    expect(warnings.length).to.be.greaterThan(2);
    for (const line of warnings) expect(line.length - "Warning: ".length, line).to.be.at.most(LONGEST_WARNING);
    expect(
      warnings.some((line) => line.endsWith("…")),
      "one was longer",
    ).to.equal(true);
    const name = "soft-flux";
    const object = { ...soft, metadata: { ...metadata, name, namespace: place } };
    expect(await engines.flux.apply([object])).to.deep.equal(["created"]);
    expect(await engines.flux.apply([object])).to.deep.equal(["unchanged"]);
  });
});

function sized(instanceType: string): JsonObject {
  return { instanceType, labelSelector: { matchLabels: { apps: "wrong" } } };
}

function annotated(place: string, name: string, key: string, value: string): JsonObject {
  return inGit(place, name, {}, { annotations: { [key]: value } });
}

function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

interface Cause {
  readonly field: string;
  readonly reason: string;
  readonly message: string;
}

function causesOf(body: unknown): readonly Cause[] {
  const details = isObject(body) && isObject(body["details"]) ? body["details"] : {};
  return (details["causes"] ?? []) as unknown as readonly Cause[];
}

/** What `foresail check` prints about manifests. */
async function check(manifests: readonly JsonObject[]): Promise<string> {
  const program = join(packageRoot(), "bin/foresail.js");
  const env = scrubbedEnvironment(cluster().workDir);
  const child = spawn(process.execPath, [program, "check", "-"], { env, stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.end(manifests.map((manifest) => JSON.stringify(manifest)).join("\n---\n"));
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  await new Promise((resolve) => child.on("close", resolve));
  return text;
}
