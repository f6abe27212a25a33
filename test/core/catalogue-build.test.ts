import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { type Catalogue, findModel, findRelease } from "../../src/core/catalogue.ts";
import { buildCatalogue, CatalogueError } from "../../src/core/catalogue-build.ts";
import { filesOfConfigMap } from "../../src/core/catalogue-files/config-map.ts";
import { parseCatalogueFile } from "../../src/core/catalogue-files/parse.ts";
import { canonicalJson, isObject } from "../../src/core/json.ts";
import { shippedCatalogueFiles } from "../../src/load.ts";
import { packageRoot } from "../../src/package-root.ts";

const shipped = shippedCatalogueFiles();
type Files = { readonly [path: string]: string };

function build(...sets: readonly Files[]): Catalogue {
  const files = sets.flatMap((set) => Object.entries(set).map(([path, text]) => parseCatalogueFile(path, path, text)));
  return buildCatalogue(shipped, files);
}

function refusal(...sets: readonly Files[]): CatalogueError {
  try {
    build(...sets);
  } catch (thrown) {
    if (thrown instanceof CatalogueError) return thrown;
    throw thrown;
  }
  throw new Error("the catalogue was accepted");
}

const phi4 = readFileSync(join(packageRoot(), "presets/models/phi-4.yaml"), "utf8");
const acme = phi4
  .replace(/^name: .*/m, "name: acme-chat")
  .replace(/^model: .*/m, "model: acme/chat")
  .replace(/^aliases: .*\n/m, "");
const sizes = (name: string, more = ""): string =>
  `cloud: azure\ninstanceTypes:\n  - {name: ${name}, gpuVendor: nvidia, gpuModel: L4, gpuCount: 1, gpuMemoryGiB: 24, vcpus: 8, memoryGiB: 32, computeCapability: "8.9", source: us${more}}\n`;
const prices = (lines: string, date = "2026-10-01", cloud = "azure"): string =>
  `cloud: ${cloud}\ncurrency: USD\ndate: "${date}"\nsource: our contract\nregions:\n  eastus:\n${lines}`;

describe("catalogue files of users: what they do", () => {
  it("add models beside the shipped ones and replace those of the same name in their place", () => {
    const own = build({
      "models/acme.yaml": acme,
      "models/phi-4.yaml": phi4.replace(/^license: .*/m, "license: ours"),
    });
    expect(findModel(own.current, "ACME/Chat")?.name).to.equal("acme-chat");
    expect(findModel(own.current, "phi-4")?.license).to.equal("ours");
    const names = own.current.models.map(({ name }) => name);
    const before = buildCatalogue(shipped).current.models.map(({ name }) => name);
    expect(names).to.deep.equal([...before, "acme-chat"]);
  });

  it("ask users' price tables first, the newer before the older", () => {
    const line = (usd: number): string => `    Standard_NC24ads_A100_v4: ${usd}\n`;
    const own = build({ "prices/old.yaml": prices(line(2), "2026-01-01"), "prices/new.yaml": prices(line(1)) });
    expect(own.current.prices.map(({ date, source }) => `${date} ${source}`).slice(0, 2)).to.deep.equal([
      "2026-10-01 our contract",
      "2026-01-01 our contract",
    ]);
    expect(own.current.prices.length).to.equal(2 + buildCatalogue(shipped).current.prices.length);
  });

  it("join maps of the defaults key by key; a list replaces; former names stay", () => {
    const { defaults, formerModels } = build({
      "defaults.yaml":
        'region: westeurope\ncapacityTypes: [spot, on-demand]\nimages: {oras: harbor.acme.example/oras:1}\nvllmFlags: {seed: "7"}\ntuningConfig: {lora: {LoraConfig: {r: 16}}}\nformerModels: [{name: old-chat, nearest: phi-4}]\n',
    }).current;
    const base = buildCatalogue(shipped).current;
    expect(defaults.region).to.equal("westeurope");
    expect(defaults.capacityTypes).to.deep.equal(["spot", "on-demand"]);
    expect(defaults.images).to.deep.equal({ ...base.defaults.images, oras: "harbor.acme.example/oras:1" });
    expect(defaults.vllmFlags).to.deep.equal({ ...base.defaults.vllmFlags, seed: "7" });
    expect(defaults.tuningConfig["lora"]?.["LoraConfig"]).to.include({ r: 16, lora_alpha: 8 });
    expect(formerModels.map(({ name }) => name))
      .to.include("old-chat")
      .and.to.include(base.formerModels[0]?.name);
  });

  it("carry the shipped release beside the one with users' files, so that a pin on it keeps its meaning", () => {
    const own = build({ "defaults.yaml": "region: westeurope\n" });
    const base = buildCatalogue(shipped).current;
    expect(own.releases.map(({ id }) => id)).to.deep.equal([own.current.id, base.id]);
    expect(canonicalJson(findRelease(own, base.id))).to.equal(canonicalJson(base));
  });

  it("are frozen to the last member", () => {
    const own = build({ "mirrors/m.yaml": "images: [{prefix: docker.io, mirror: harbor.acme.example/hub}]\n" });
    expect(Object.isFrozen(own.current.mirrors?.images[0])).to.equal(true);
    expect(Object.isFrozen(own.notes)).to.equal(true);
  });
});

describe("catalogue files of users: identity", () => {
  const files = {
    "models/acme.yaml": acme,
    "prices/ours.yaml": prices("    Own_GPU: 1\n"),
    "instance-types/own.yaml": sizes("Own_GPU"),
  };
  const id = build(files).current.id;

  it("is the shipped release, + and eight hex digits", () => expect(id).to.match(/^2026\.11\.0\+[0-9a-f]{8}$/));

  it("does not depend on order, names, places, comments or a file given twice", () => {
    const same: readonly Files[] = [
      Object.fromEntries(Object.entries(files).reverse()),
      {
        "models.acme.yaml": acme,
        "prices.ours.yaml": files["prices/ours.yaml"],
        "instance-types.own.yaml": sizes("Own_GPU"),
      },
      { "a.yaml": acme, "b.yaml": files["prices/ours.yaml"], "c.json": JSON.stringify(jsonOf(sizes("Own_GPU"))) },
      { ...files, "models/again.yaml": `# a remark\n${acme}` },
    ];
    for (const set of same) {
      const other = build(set);
      expect(other.current.id).to.equal(id);
      expect(canonicalJson(other.current)).to.equal(canonicalJson(build(files).current));
    }
  });

  it("changes with what a file says and with what kind of file says it", () => {
    expect(build({ ...files, "models/acme.yaml": `${acme}env: {A: b}\n` }).current.id).to.not.equal(id);
    expect(build({ "models/acme.yaml": acme }).current.id).to.not.equal(id);
  });
});

function jsonOf(text: string): unknown {
  return parseCatalogueFile("x.yaml", "x.yaml", text).content;
}

const refused: readonly { readonly what: string; readonly files: Files; readonly says: RegExp }[] = [
  {
    what: "a directory it does not know",
    files: { "other/x.yaml": "a: 1\n" },
    says: /^other\/x\.yaml:1: a catalogue holds models\/, .*defaults\.yaml; move or remove this file$/,
  },
  { what: "a file whose content tells nothing", files: { "x.yaml": "a: 1\n" }, says: /^x\.yaml:1: a catalogue holds/ },
  {
    what: "a wrong type deep inside, at its own line",
    files: { "prices/p.yaml": prices("    Standard_NC24ads_A100_v4: 3.6\n    Standard_NV36ads_A10_v5: cheap\n") },
    says: /^prices\/p\.yaml:8: regions\.eastus\.Standard_NV36ads_A10_v5 must be of type number, given "cheap"$/,
  },
  {
    what: "a name with dots in it, at its own line",
    files: { "defaults.yaml": "vllmFlags:\n  compilation-config.pass_config.fuse_norm_quant: true\n" },
    says: /^defaults\.yaml:2: .*must be of type string, given true$/,
  },
  ...["2026-13-01", "2026-00-10", "2026-10-32", "2026-10-00"].map((day) => ({
    what: `prices of ${day}, which would never grow old`,
    files: { "prices/p.yaml": prices("    Standard_NC24ads_A100_v4: 3.6\n", day) },
    says: /^prices\/p\.yaml:3: date must match pattern .*, given "2026-\d\d-\d\d"$/,
  })),
  {
    what: "layers that do not add up",
    files: { "models/a.yaml": acme.replace(/^layers: .*/m, "layers: 7") },
    says: /^models\/a\.yaml:\d+: cache describes 40 layers, the model has 7$/,
  },
  {
    what: "a release named by a user",
    files: { "defaults.yaml": "region: x\nrelease: 2027.1.0\n" },
    says: /^defaults\.yaml:2: release is not a known field/,
  },
  {
    what: "two files that define one model differently",
    files: { "models/a.yaml": acme, "models/b.yaml": `${acme}env: {A: b}\n` },
    says: /^models\/[ab]\.yaml:\d+: acme-chat is also in models\/[ab]\.yaml, and differs: keep one of them$/,
  },
  {
    what: "defaults that contradict each other",
    files: { "defaults.yaml": "images: {oras: a.example/x}\n", "more/defaults.yaml": "images: {oras: b.example/x}\n" },
    says: /images\.oras is stated differently in another file: keep one$/,
  },
  {
    what: "mirrors that contradict each other",
    files: {
      "mirrors/a.yaml": "images: [{prefix: docker.io, mirror: a.example}]\n",
      "mirrors/b.yaml":
        "images:\n  - {prefix: ghcr.io, mirror: a.example}\n  - {prefix: docker.io, mirror: b.example}\n",
    },
    says: /mirrors\/[ab]\.yaml:\d: docker\.io is also mirrored by [ab]\.example: keep one$/,
  },
  {
    what: "a mirror with a scheme",
    files: { "mirrors/a.yaml": "images:\n  - prefix: docker.io\n    mirror: https://a.example\n" },
    says: /^mirrors\/a\.yaml:3: images\[0\]\.mirror must be HOST\[:PORT\]\[\/PATH\] without a scheme, given "https:\/\/a\.example"$/,
  },
  {
    what: "a repository that a shipped model has",
    files: { "models/a.yaml": acme.replace("acme/chat", "Microsoft/Phi-4") },
    says: /^models\/a\.yaml:\d+: acme-chat answers to microsoft\/phi-4, and so does phi-4 of presets\/models\/phi-4\.yaml: to replace that one, take its name/,
  },
  {
    what: "an alias of another size",
    files: { "instance-types/a.yaml": sizes("Own_GPU", ", aliases: [standard_nc24ads_a100_V4]") },
    says: /^instance-types\/a\.yaml:3: Own_GPU answers to standard_nc24ads_a100_v4/,
  },
  {
    what: "a runtime that names an unknown server and model",
    files: {
      "runtimes/a.yaml":
        'runtimes:\n  - name: ours\n    image: a.example/x\n    runtime: vllm\n    server: vllm-0.25.0\n    presets: [phi-5]\n    weightsInside: false\n    api: [openai]\n    computeCapabilities: ["8.0"]\n    runAsUser: 1\n    tuning: false\n',
    },
    says: /^runtimes\/a\.yaml:5: vllm-0\.25\.0 is no server version of the catalogue; nearest are .*vllm-0\.25\.1.*\nruntimes\/a\.yaml:6: phi-5 is no model of the catalogue; nearest are /,
  },
  {
    what: "tuned values for an unknown GPU",
    files: { "models/a.yaml": `${acme}tuned: [{gpuModel: A1000, flags: {}, source: us, date: "2026-01-01"}]\n` },
    says: /^models\/a\.yaml:\d+: A1000 is no GPU of the catalogue's sizes; nearest are A100/,
  },
  {
    what: "flags, parsers and an architecture that vLLM does not have",
    files: {
      "models/a.yaml": `${acme
        .replace(/^architecture: .*/m, "architecture: Phi4ForCausalLM")
        .replace(/^transformersFlags:.*\n(?: .*\n)*/m, "")
        .replace(
          /^vllmFlags:.*\n(?: .*\n)*/m,
          "",
        )}vllmFlags:\n  max-model-length: "1"\n  tool-call-parser: phi4_jsonn\n`,
    },
    says: /vllm-0\.25\.1 has no option max-model-length; nearest are max-model-len[\s\S]*phi4_jsonn is no value of tool-call-parser in vllm-0\.25\.1; nearest are/,
  },
  {
    what: "a price under a misspelt name of a size",
    files: { "prices/a.yaml": prices("    standard_nc24ads_a100_v4: 1\n") },
    says: /^prices\/a\.yaml:7: standard_nc24ads_a100_v4 is written Standard_NC24ads_A100_v4 in the catalogue: write that$/,
  },
  {
    what: "a price in another cloud's table",
    files: { "prices/a.yaml": prices("    Standard_NC24ads_A100_v4: 1\n", "2026-01-01", "aws") },
    says: /is a size of azure, and this table is of aws$/,
  },
  {
    what: "broken YAML, and all other files' faults beside it",
    files: { "prices/a.yaml": "cloud: azure\ncurrency: a: b\n", "models/b.yaml": "name: 1\n" },
    says: /^prices\/a\.yaml:2: [\s\S]*\nmodels\/b\.yaml:1: name must be of type string/,
  },
  { what: "an empty defaults.yaml", files: { "defaults.yaml": "# nothing\n" }, says: /defaults\.yaml:1: is empty/ },
  {
    what: "an alias of YAML",
    files: { "models/a.yaml": "name: &n a\nmodel: *n\n" },
    says: /^models\/a\.yaml:2: aliases/,
  },
  {
    what: "__proto__",
    files: { "defaults.yaml": "vllmFlags:\n  __proto__: {a: b}\n" },
    says: /^defaults\.yaml:2: __proto__ is no name of anything/,
  },
  {
    what: "nesting without end",
    files: { "defaults.yaml": `tuningConfig: ${"[".repeat(100_000)}` },
    says: /^defaults\.yaml:1: .*nested/,
  },
  {
    what: "nesting deeper than anything needs",
    files: { "defaults.yaml": `tuningConfig: ${"{a: ".repeat(50)}1${"}".repeat(50)}\n` },
    says: /^defaults\.yaml:1: is nested more than 32 levels deep/,
  },
  {
    what: "a second document, which would be left out",
    files: { "models/a.yaml": `${acme}---\n${acme}` },
    says: /^models\/a\.yaml:\d+: .*multiple documents/,
  },
  {
    what: "a name stated twice",
    files: { "models/a.yaml": `${acme}cache: []\n` },
    says: /^models\/a\.yaml:\d+: Map keys must be unique$/,
  },
  {
    what: "a file too large to be data",
    files: { "models/a.yaml": `#${"x".repeat(4 * 1024 * 1024)}\n` },
    says: /^models\/a\.yaml:1: is larger than/,
  },
];

describe("catalogue files of users: what is refused, with file and line", () => {
  for (const { what, files, says } of refused) {
    it(what, () => expect(refusal(files).message).to.match(says));
  }

  it("does not touch what every object inherits", () => {
    refusal({ "defaults.yaml": "vllmFlags:\n  __proto__: {polluted: yes}\n" });
    expect(({} as { polluted?: string }).polluted).to.equal(undefined);
  });

  it("takes no release from a ConfigMap, and never another one for a published one", () => {
    const metadata = { name: "more" };
    for (const key of ["releases.1.json", "x.json"]) {
      const [file] = filesOfConfigMap({ metadata, data: { [key]: '{"id": "1.0.0", "models": [{}]}' } });
      expect(() => buildCatalogue(shipped, file === undefined ? [] : [file])).to.throw(
        `ConfigMap more/${key}:1: is a published release, which comes with Foresail only`,
      );
    }
    const release = { ...buildCatalogue(shipped).current, id: "2026.9.0" };
    const published = parseCatalogueFile("releases/a.json", "a.json", JSON.stringify(release));
    const other = parseCatalogueFile("releases/b.json", "b.json", JSON.stringify({ ...release, engine: 2 }));
    expect(() => buildCatalogue([...shipped, published], [other])).to.throw(
      "b.json:1: 2026.9.0 is published, and a release never changes",
    );
  });

  it("tells which files are at fault", () => {
    const { files } = refusal({ "models/a.yaml": "name: 1\n", "x.yaml": "a: 1\n", "models/ok.yaml": acme });
    expect([...files].sort()).to.deep.equal(["models/a.yaml", "x.yaml"]);
  });
});

describe("catalogue files of users: the time they take", () => {
  const sizes = (price: string): string =>
    prices(Array.from({ length: 20_000 }, (_, i) => `    Standard_X${i}: ${price}\n`).join(""));

  // Compared pairwise, or looked up one by one, 20,000 rows take half a minute to several.
  it("grows with the file, not with its square", () => {
    const started = process.cpuUsage();
    const { notes = [] } = build({ "prices/a.yaml": sizes("1") });
    const faults = refusal({ "prices/b.yaml": sizes("x") }).findings;
    const flags = Array.from({ length: 20_000 }, (_, i) => `  flag${i}: x\n`).join("");
    const unknown = refusal({ "models/c.yaml": `${acme}vllmFlags:\n${flags}` }).findings;
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1e6).to.be.lessThan(15);
    expect([notes.length, faults.length, unknown.length]).to.deep.equal([101, 101, 101]);
    expect(notes.at(-1)).to.match(/^and 19900 more/);
    expect(unknown[0]).to.match(/^models\/c\.yaml:\d+: .* has no option flag0/);
  });
});

describe("catalogue files of users: what is only worth knowing", () => {
  it("a price of a size that the catalogue does not have", () => {
    const { notes } = build({ "prices/a.yaml": prices("    Standard_NC24ads_A100_v5: 1\n") });
    expect(notes).to.deep.equal([
      "prices/a.yaml:7: no size Standard_NC24ads_A100_v5 is in the catalogue, so this price is never used; nearest are Standard_NC24ads_A100_v4, Standard_NC40ads_H100_v5, Standard_NC48ads_A100_v4",
    ]);
  });

  it("nothing, where nothing is", () => {
    expect(build({ "models/acme.yaml": acme }).notes).to.equal(undefined);
    expect(isObject(buildCatalogue(shipped).current.mirrors)).to.equal(false);
  });
});
