import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { loopbackHub } from "./preset/loopback-hub.ts";
import { foresailHere } from "./support/here.ts";
import { foresail } from "./support/program.ts";

const files = (name: string): readonly string[] => {
  const folder = `test/core/derive/cases/${name}`;
  return ["--config", `${folder}/config.json`, "--index", `${folder}/model.safetensors.index.json`];
};
const LLAMA = files("llama-3.1-8b-instruct");
const COMMIT = "fedcba9876543210fedcba9876543210fedcba98";
const stated = ["--revision", COMMIT, "--license", "mit"];

describe("foresail preset add", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-preset-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("writes a preset and tells what it takes", async () => {
    const { code, stdout, stderr } = await foresail(["preset", "add", "acme/Tiny-8B", ...LLAMA, ...stated]);
    expect(code).to.equal(0);
    expect(stdout).to.equal(readFileSync(new URL("preset/tiny-8b.yaml", import.meta.url), "utf8"));
    expect(stderr).to.match(/^tiny-8b: LlamaForCausalLM, 14\.96 GiB of weights, 131072 tokens of context$/m);
    expect(stderr).to.match(/^cheapest size in eastus: 1 × Standard_\S+ \(\$\d+\.\d\d\/h\): weights .* KV cache /m);
  });

  it("makes a Workspace of the model expand that was denied with this command before", async () => {
    const workspace = join(folder, "workspace.yaml");
    writeFileSync(
      workspace,
      "apiVersion: kaito.sh/v1beta1\nkind: Workspace\nmetadata:\n  name: tiny\nresource:\n  labelSelector: {}\ninference:\n  preset:\n    name: acme/Tiny-8B\n",
    );
    const before = await foresailHere(["render", workspace]);
    expect(before.code).to.equal(1);
    expect(before.stderr).to.match(
      /to add it: foresail preset add acme\/Tiny-8B --online \(or --config config\.json\)/,
    );
    const output = join(folder, "catalogue", "models", "tiny-8b.yaml");
    expect((await foresailHere(["preset", "add", "acme/Tiny-8B", ...LLAMA, ...stated, "-o", output])).code).to.equal(0);
    const after = await foresailHere(["render", workspace, "--catalog", join(folder, "catalogue")]);
    expect(after.code, after.stderr).to.equal(0);
    expect(after.stdout).to.match(/^ {4}model: acme\/Tiny-8B\n {4}name: tiny-8b\n {4}revision: fedcba98/m);
    expect(after.stdout).to.match(/maxModelLen: 131072/);
  });

  it("writes over a file only when told to", async () => {
    const output = join(folder, "tiny.yaml");
    const add = (...more: string[]) =>
      foresailHere(["preset", "add", "acme/tiny", ...LLAMA, ...stated, "-o", output, ...more]);
    expect((await add()).code).to.equal(0);
    writeFileSync(output, "mine");
    const second = await add();
    expect(second.code).to.equal(2);
    expect(second.stderr).to.include(`${output} exists: give --force to write over it\n`);
    expect(readFileSync(output, "utf8")).to.equal("mine");
    expect((await add("--force")).code).to.equal(0);
    expect(readFileSync(output, "utf8")).to.match(/^name: tiny$/m);
  });

  it("ends with 1 and the reason when the server does not know the model", async () => {
    const config = join(folder, "config.json");
    writeFileSync(config, '{"architectures": ["AcmeForCausalLM"], "rope_theta": Infinity}');
    const { code, stdout, stderr } = await foresailHere(["preset", "add", "acme/tiny", "--config", config]);
    expect([code, stdout]).to.deep.equal([1, ""]);
    expect(stderr).to.match(/^acme\/tiny error derive\/unknown-architecture .* vLLM 0\.25\.1 does not know it/m);
    expect(stderr).to.match(/^acme\/tiny error derive\/weights .*--weights-gib/m);
  });

  it("ends with 2 when files cannot be read or arguments do not fit", async () => {
    const config = join(folder, "config.json");
    const add = async (...args: string[]): Promise<readonly [number | null, string]> => {
      const { code, stderr } = await foresailHere(["preset", "add", ...args]);
      return [code, stderr];
    };
    writeFileSync(config, " ".repeat(50 * 1024 * 1024));
    const [code, stderr] = await add("acme/tiny", "--config", config);
    expect([code, stderr]).to.satisfy(
      () => code === 2 && /52428800 bytes large; at most 4194304 are read/.test(stderr),
    );
    writeFileSync(config, "{");
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [["acme/tiny", "--config", config], /config\.json: .*JSON/],
      [["acme/tiny", "--config", join(folder, "none.json")], /ENOENT/],
      [["acme/tiny"], /needs --config config\.json, or --online/],
      [["tiny", ...LLAMA], /takes one model, org\/model/],
      [["acme/tiny", "--online", ...LLAMA], /leave out --config/],
      [["acme/tiny", ...LLAMA, "--weights-gib", "-1"], /--weights-gib/],
    ];
    for (const [args, message] of cases) {
      const [ended, said] = await add(...args);
      expect(ended, args.join(" ")).to.equal(2);
      expect(said).to.match(message);
    }
    expect((await foresailHere(["preset"])).code).to.equal(2);
    expect((await foresailHere(["preset", "remove"])).code).to.equal(2);
    expect((await foresailHere(["preset", "--help"])).code).to.equal(0);
  });

  it("fetches the files with --online, pins the commit, and sends the token of HF_TOKEN", async () => {
    const hub = await loopbackHub();
    try {
      const env = { PATH: process.env["PATH"], HF_TOKEN: "hf_secret" };
      const args = ["preset", "add", "acme/kimi", "--online", "--endpoint", hub.endpoint];
      const { code, stdout, stderr } = await foresailHere(args, { env });
      expect(code, stderr).to.equal(0);
      expect(stdout).to.match(/^revision: 0123456789abcdef0123456789abcdef01234567\nlicense: modified-mit\n/m);
      expect(stdout).to.match(/^gated: true$/m);
      expect(stdout).to.match(/^trustRemoteCode: true$/m);
      expect(stderr).to.match(/warning derive\/remote-code/);
      expect(stdout + stderr).not.to.include("hf_secret");
      expect(hub.seen.every(({ authorization }) => authorization === "Bearer hf_secret")).to.equal(true);
    } finally {
      await hub.close();
    }
  });
});
