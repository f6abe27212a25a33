import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { RuntimeImage, ServerVersion } from "../../src/core/catalogue.ts";
import { foresailHere } from "../cli/support/here.ts";
import { type Command, commands } from "./commands/commands.ts";
import { catalogue } from "./support/workspaces.ts";

const { runtimes, servers } = catalogue.current;
const all = commands(catalogue.current);

/** What an option of the server takes where it is text of a certain form; the parser itself says so only when it runs. */
const forms: { readonly [flag: string]: RegExp } = {
  "data-parallel-size": /^[1-9]\d*$/,
  "gpu-memory-utilization": /^0\.\d+$/,
  "max-lora-rank": /^(1|8|16|32|64|128|256|320|512)$/,
  "max-loras": /^[1-9]\d*$/,
  "max-model-len": /^([1-9]\d*|auto)$/,
  "max-num-seqs": /^[1-9]\d*$/,
  "pipeline-parallel-size": /^[1-9]\d*$/,
  port: /^\d{4,5}$/,
  "tensor-parallel-size": /^[1-9]\d*$/,
};

interface Server {
  readonly image: RuntimeImage;
  readonly version: ServerVersion;
}

function serverOf({ runtime, image }: Command): Server {
  const last = image.slice(image.lastIndexOf("/"));
  const found = runtimes.find((one) => one.runtime === runtime && one.image.endsWith(last));
  const version = servers.find(({ name }) => name === found?.server);
  if (found === undefined || version === undefined) throw new Error(`${image} has no server in the catalogue`);
  return { image: found, version };
}

/** Why the server would refuse an argument, or read it as something else; undefined where it takes it. */
function refusal({ image, version }: Server, argument: string): string | undefined {
  const [, flag = "", , value] = /^--([a-z][\w.-]*)(=(.*))?$/.exec(argument) ?? [];
  const [option = "", ...inside] = flag.split(".");
  if (image.wrapperFlags.includes(flag)) return undefined;
  if (!Object.hasOwn(version.flags, option)) return `${argument} is no option of ${version.name}`;
  const takes = version.flags[option] ?? "value";
  if (inside.length > 0) return takes === "value" && value ? undefined : `${argument} reaches into ${takes}`;
  if (takes === "flag") return value === undefined ? undefined : `${argument} takes no value`;
  if (value === undefined || value === "") return `${argument} needs a value`;
  if (takes !== "value") return takes.includes(value) ? undefined : `${argument} takes ${takes.join(", ")}`;
  const parser = { "reasoning-parser": version.reasoningParsers, "tool-call-parser": version.toolCallParsers }[option];
  if (parser !== undefined && !parser.includes(value)) return `${argument} names no parser of ${version.name}`;
  return forms[option]?.test(value) === false ? `${argument} is not of the form ${forms[option]}` : undefined;
}

describe("flags of every command", () => {
  const vllm = all.filter(({ runtime }) => runtime === "vllm");
  const transformers = all.filter(({ runtime }) => runtime === "transformers");

  it("covers every preset, both runtimes, several nodes and several copies", () => {
    const presets = (list: readonly Command[]): number => new Set(list.map(({ preset }) => preset)).size;
    expect(presets(vllm)).to.equal(60);
    expect(presets(all)).to.equal(catalogue.current.models.length);
    expect(presets(transformers)).to.be.at.least(20);
    const flags = new Set(vllm.flatMap(({ args }) => args.map((arg) => arg.split("=")[0])));
    process.stdout.write(
      `      ${vllm.length} commands of vLLM with ${flags.size} flags, ${transformers.length} others\n`,
    );
    expect([...flags]).to.include.members([
      "--data-parallel-size",
      "--distributed-executor-backend",
      "--enable-expert-parallel",
      "--enable-lora",
      "--pipeline-parallel-size",
      "--performance-mode",
    ]);
  });

  it("exists in the server of its image, with a value it takes", () => {
    const found = vllm.flatMap((one) => {
      const server = serverOf(one);
      return one.args.flatMap((argument) => {
        const problem = refusal(server, argument);
        return problem === undefined ? [] : [`${one.label}: ${problem}`];
      });
    });
    expect(found.slice(0, 5)).to.deep.equal([]);
  });

  it("is found wrong where it is wrong", () => {
    const server = serverOf(vllm[0]!);
    const wrong = [
      "--no-such=1",
      "--enable-lora=1",
      "--dtype=int3",
      "--max-model-len=",
      "--tool-call-parser=x",
      "bare",
    ];
    for (const argument of wrong) expect(refusal(server, argument), argument).to.be.a("string");
    expect(refusal(server, "--dtype.x=1")).to.match(/reaches into/);
  });

  it("stands once, in order", () => {
    for (const { label, args } of vllm) {
      const names = args.map((argument) => argument.replace(/=.*$/, ""));
      expect(names, label).to.deep.equal([...new Set(names)].sort());
    }
  });

  it("exists in KAITO's transformers server", () => {
    // KAITO v0.12.0, presets/workspace/inference/text-generation/inference_api.py, ModelConfig; the rest is accelerate's.
    const known = [
      "allow_remote_files",
      "chat_template",
      "combination_type",
      "pipeline",
      "pretrained_model_name_or_path",
      "revision",
      "served_model_name",
      "torch_dtype",
      "trust_remote_code",
    ];
    const launch = ["gpu_ids", "machine_rank", "num_machines", "num_processes"];
    for (const { label, command, args } of transformers) {
      expect([...command, args[0]], label).to.deep.equal(["accelerate", "launch"]);
      const entry = args.findIndex((argument) => argument.endsWith("inference_api.py"));
      const names = (list: readonly string[]): readonly string[] => list.map((text) => text.replace(/^--|=.*$/g, ""));
      expect(names(args.slice(1, entry)), label).to.deep.equal(launch);
      expect(known, label).to.include.members(names(args.slice(entry + 1)));
    }
  });
});

describe("a flag of the user's", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-flags-"));
  });
  after(() => rmSync(folder, { recursive: true }));
  const checked = (text: string) => {
    writeFileSync(join(folder, "in.yaml"), text);
    return foresailHere(["check", "in.yaml"], { cwd: folder });
  };
  const files = (flag: string): string => `apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata: { name: phi, namespace: default }
resource: { instanceType: Standard_NC24ads_A100_v4, labelSelector: { matchLabels: { apps: phi } } }
inference: { preset: { name: phi-4 }, config: mine }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: mine, namespace: default }
data:
  inference_config.yaml: |
    vllm:
      ${flag}
`;

  it("that no server has is a finding of check that offers the nearest, with its line", async () => {
    const { code, stdout, stderr } = await checked(files("max-num-seq5: 4"));
    expect(code).to.equal(1);
    expect(stdout + stderr).to.match(
      /in\.yaml:1\d:\d+ .*config\/unknown-flag.*max-num-seq5.*nearest are .*max-num-seqs/,
    );
  });

  it("that the server has is none", async () => {
    const { code, stdout, stderr } = await checked(files("max-num-seqs: 4"));
    expect([code, stdout + stderr].join(" ")).to.not.include("config/");
    expect(code).to.equal(0);
  });
});
