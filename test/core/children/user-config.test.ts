import { expect } from "chai";
import { describe, it } from "mocha";
import type { Catalogue } from "../../../src/core/catalogue.ts";
import { type Config, readConfig } from "../../../src/core/children/user-config.ts";
import { expand } from "../../../src/core/expand.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, serving, workspace } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";

function withConfig(object: Workspace = serving("phi-4", A100), config = "mine"): Workspace {
  const stated = { ...object, inference: { ...object.inference, config } } as Workspace;
  const { expansion } = expand(stated, catalogue);
  if (expansion === undefined) throw new Error("not expanded");
  return { ...stated, expansion };
}
const configMap = (text: string): JsonObject => ({ data: { "inference_config.yaml": text } });
const read = (text: string, object = withConfig()): Config => readConfig(object, configMap(text), catalogue);
const messageOf = (config: Config): string => ("message" in config ? config.message : "");

describe("the user's ConfigMap", () => {
  it("matters only when one is named", () => {
    expect(readConfig(serving("phi-4", A100), undefined, catalogue)).to.deep.equal({ kind: "none" });
  });

  it("gives a hash that changes with its text", () => {
    const [one, two] = ["8192", "4096"].map((tokens) => read(`vllm:\n  max-model-len: ${tokens}\n`));
    expect([one?.kind, two?.kind]).to.deep.equal(["ok", "ok"]);
    expect(one).not.to.deep.equal(two);
  });

  it("is missing without the object and without the key, each with what to create", () => {
    expect(readConfig(withConfig(), undefined, catalogue)).to.deep.equal({
      kind: "missing",
      message: "ConfigMap mine does not exist: create it with the key inference_config.yaml",
    });
    for (const data of [undefined, {}, { "inference_config.yaml": 5 }, { other: "vllm: {}" }]) {
      expect(readConfig(withConfig(), data === undefined ? {} : { data }, catalogue)).to.deep.equal({
        kind: "missing",
        message: "ConfigMap mine has no key inference_config.yaml: add it",
      });
    }
  });

  const unreadable: { readonly [what: string]: readonly [string, RegExp] } = {
    "is no YAML": ["a: [", /: not YAML: /],
    "is a list": ["- 1\n", /: must be a map of settings$/],
    "is empty": ["", /: must be a map of settings$/],
    "states a setting twice": ["vllm:\n  seed: 1\n  seed: 2\n", /not YAML: Map keys must be unique/],
    "has aliases": ["a: &x [1]\nb: [*x, *x]\n", /aliases are not allowed/],
    "is a bomb of aliases": [`a: &a [${"x,".repeat(9)}]\nb: &b [*a,*a]\nc: [*b,*b]\n`, /aliases are not allowed/],
    "is nested without end": [`vllm: ${"[".repeat(50_000)}`, /not YAML|nested too deeply/],
    "is longer than any settings": [`a: ${"x".repeat(140_000)}`, /has 14\d+ characters: at most 131072 are read/],
  };
  for (const [what, [text, message]] of Object.entries(unreadable)) {
    it(`is a conflict when it ${what}`, () => {
      const config = read(text);
      expect(config.kind).to.equal("conflict");
      expect(messageOf(config))
        .to.match(/^ConfigMap mine, key inference_config\.yaml: /)
        .and.match(message);
    });
  }

  it("takes names of the language for what they are: names", () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      expect(messageOf(read(`vllm:\n  ${name}: 1\n`))).to.include(`vllm.${name} is no option of vllm-0.25.1`);
      expect(read(`${name}: 1\n`).kind).to.equal("ok");
    }
    expect({}).to.not.have.property("polluted");
  });

  it("tells the first three problems and how many there are", () => {
    const text = `vllm:\n${["a1b", "c2d", "e3f", "g4h", "i5j"].map((name) => `  ${name}: 1\n`).join("")}`;
    expect(messageOf(read(text))).to.match(/a1b.*; .*c2d.*; .*e3f.* \(and 2 more\)$/);
  });

  // The reconciler serves everybody: pairwise, these keys took it 10 seconds.
  it("is read in a time that grows with its length", () => {
    const started = process.threadCpuUsage();
    const keys = Array.from({ length: 28_000 }, (_, i) => i.toString(36)).join(",");
    expect(messageOf(read(`vllm: {${keys}, 0}`))).to.include("Map keys must be unique at line 1");
    expect(messageOf(read(`vllm: ${"[]".repeat(60_000)}`))).to.match(/not YAML: .* at line 1$/);
    const { user, system } = process.threadCpuUsage(started);
    expect((user + system) / 1e6).to.be.lessThan(3);
  });

  it("is not judged against options and numbers of a release that is not at hand", () => {
    const object = withConfig();
    const old = { ...object, expansion: { ...object.expansion, catalog: "2025.1.0" } } as Workspace;
    expect(read("vllm:\n  no-such-option: 1\n", old).kind).to.equal("ok");
    expect(messageOf(read("vllm:\n  port: 8000\n", old))).to.include('the pod has port at "5000"');
    expect(messageOf(read("vllm:\n  max-model-len: 131072\n", old))).to.include("the GPU memory holds");
  });

  it("reads options of the server the image carries, wherever the image comes from", () => {
    const object = withConfig();
    const preset = { ...object.expansion?.preset, image: "mirror.example/aks/kaito/kaito-base:0.5.0" };
    const mirrored = { ...object, expansion: { ...object.expansion, preset } } as Workspace;
    expect(messageOf(read("vllm:\n  no-such-option: 1\n", mirrored))).to.include("is no option of vllm-0.25.1");
    const without: Catalogue = {
      ...catalogue,
      releases: catalogue.releases.map((release) => ({ ...release, servers: [] })),
    };
    expect(readConfig(mirrored, configMap("vllm:\n  no-such-option: 1\n"), without).kind).to.equal("ok");
  });

  it("is not judged for servers that do not read it", () => {
    const transformers = withConfig(serving("phi-4", A100, { "kaito.sh/runtime": "transformers" }));
    const own = withConfig(
      workspace({
        resource: { labelSelector: {}, instanceType: A100 },
        inference: { template: { spec: { containers: [{ name: "c", image: "i" }] } } },
      }),
    );
    for (const object of [transformers, own]) expect(read("vllm:\n  port: 8000\n", object).kind).to.equal("ok");
  });
});
