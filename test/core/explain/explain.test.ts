import { expect } from "chai";
import { describe, it } from "mocha";
import type { Catalogue, Model, Release } from "../../../src/core/catalogue.ts";
import { expand } from "../../../src/core/expand.ts";
import { explain } from "../../../src/core/explain/explain.ts";
import type { ExplainedValue, Explanation } from "../../../src/core/explain/explanation.ts";
import { canonicalJson, isObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { upgradeOf } from "../../../src/core/plan/upgrade.ts";
import { catalogue, serving, tuning, workspace } from "../support/workspaces.ts";

const TODAY = "2026-07-01";

function explained(given: Workspace, of: Catalogue = catalogue): Explanation {
  return explain({ workspace: given, catalogue: of, today: TODAY });
}

function valueAt({ values }: Explanation, path: string): ExplainedValue | undefined {
  return values.find((value) => value.path === path);
}

/** A catalogue whose running release differs; the one it came from is carried beside it. */
function changed(change: (release: Release) => Partial<Release>): Catalogue {
  const { current } = catalogue;
  const next = { ...current, ...change(current), id: "2027.1.0" };
  return { current: next, releases: [next, current] };
}

function withModel(name: string, change: Partial<Model>): Catalogue {
  return changed(({ models }) => ({
    models: models.map((model) => (model.name === name ? { ...model, ...change } : model)),
  }));
}

/** Leaves of an expansion as paths and JSON; lists are leaves. */
function leaves(value: unknown, path = ""): readonly (readonly [string, string])[] {
  if (!isObject(value)) return [[path, canonicalJson(value)]];
  return Object.entries(value).flatMap(([key, one]) => leaves(one, path === "" ? key : `${path}.${key}`));
}

const everyPreset = catalogue.current.models
  .map(({ name }) => serving(name))
  .filter((given) => expand(given, catalogue).expansion !== undefined);

describe("explain", () => {
  it("tells every value of the expansion of every preset once, with where it is from", () => {
    expect(everyPreset.length).to.be.above(50);
    for (const given of [...everyPreset, tuning("phi-3-mini-4k-instruct", "Standard_NC24ads_A100_v4")]) {
      const { inputsHash: _, podTemplate: __, ...told } = expand(given, catalogue).expansion ?? {};
      const { values } = explained(given);
      const own = values.filter(({ path }) => !/^(requests|flags)\./.test(path));
      expect(own.map(({ path, value }) => [path, canonicalJson(value)])).to.deep.equal(leaves(told));
      expect(values.filter(({ source }) => source === "")).to.deep.equal([]);
    }
  });

  it("tells the flags of the command line, none more and none less", () => {
    for (const given of everyPreset) {
      const { expansion } = expand(given, catalogue);
      if (expansion?.preset?.runtime !== "vllm" || expansion.nodeCount > 1) continue;
      const spec = expansion.podTemplate["spec"] as {
        containers: readonly { name: string; args: readonly string[] }[];
      };
      const args = spec.containers.find(({ name }) => name === "model")?.args ?? [];
      const told = explained(given)
        .values.filter(({ path }) => path.startsWith("flags."))
        .map(({ path, value }) => `--${path.slice("flags.".length)}${value === "" ? "" : `=${value}`}`);
      expect(told).to.deep.equal(args);
    }
  });

  it("gives the memory of a GPU whole: parts add up, in numbers of the expansion", () => {
    for (const given of everyPreset) {
      const { memory } = explained(given);
      const sum = memory?.parts.reduce((total, { giB }) => total + giB, 0) ?? 0;
      expect(sum).to.be.closeTo(memory?.perGpuGiB ?? -1, 0.011);
      expect(memory?.parts.every(({ giB, arithmetic = "" }) => giB >= 0 && arithmetic !== "")).to.equal(true);
    }
  });

  it("reckons as by hand: Phi-4 on an A100 with one adapter", () => {
    const base = serving("phi-4", "Standard_NC24ads_A100_v4");
    const adapters = [{ source: { name: "a", image: "registry.example/a:1" }, strength: "1.0" }];
    const { memory } = explained({ ...base, inference: { ...base.inference, adapters } } as Workspace);
    // 2 (keys, values) × 10 heads × 128 elements × 2 bytes in each of 40 layers.
    expect(memory?.bytesPerToken).to.equal(2 * 10 * 128 * 2 * 40);
    const weights = 27.31 * 1.02;
    const size = (kind: string): number => memory?.parts.find((part) => part.kind === kind)?.giB ?? 0;
    expect(size("weights")).to.be.closeTo(weights, 0.01);
    expect(size("overhead")).to.be.closeTo(2.3 + 0.05 * weights, 0.011);
    expect(size("leftOver")).to.be.closeTo(80 - 80 * 0.98 * 0.84, 0.011);
    expect(size("adapters")).to.be.above(0.3);
    expect(memory?.cache[0]).to.equal("40 layers × 2 × 10 heads × 128 × 2 bytes = 200 KiB per token");
  });

  it("tells half the heads on each of two GPUs, and the window of layers that have one", () => {
    const { memory } = explained(serving("gemma-3-27b-it", "Standard_NC48ads_A100_v4"));
    // 16 heads over 2 GPUs; a window of 1,024 and 8,192 tokens of a step.
    expect(memory?.cache[0]).to.equal("10 layers × 2 × 8 heads × 128 × 2 bytes = 40 KiB per token");
    expect(memory?.cache[1]).to.match(/= 208 KiB per token, of at most 9,215 tokens$/);
    expect(memory?.parts[0]?.arithmetic).to.match(/÷ 2 GPUs$/);
  });

  it("prices context by what the cache of all copies holds", () => {
    const { sizes } = explained(serving("phi-4"));
    for (const size of sizes?.ranked ?? []) {
      const { capacityTokens = 0, maxModelLen = 0, maxConcurrency = 0, hourlyPriceUsd = 0 } = size;
      expect(capacityTokens).to.be.at.least(maxModelLen * maxConcurrency);
      expect(size.hourlyUsdPerMillionTokens).to.be.closeTo((hourlyPriceUsd / capacityTokens) * 1e6, 0.0001);
    }
    const of = (name: string) => sizes?.ranked.find(({ instanceType }) => instanceType === name);
    const [single, twin] = [of("Standard_NC24ads_A100_v4"), of("Standard_NC48ads_A100_v4")];
    expect(twin?.capacityTokens).to.equal(2 * (single?.capacityTokens ?? 0));
  });

  it("marks the size of the expansion, and says why cheaper ones are not it", () => {
    const named = explained(serving("phi-4", "Standard_NC40ads_H100_v5")).sizes;
    expect(named?.ranked.filter(({ chosen }) => chosen).map(({ instanceType }) => instanceType)).to.deep.equal([
      "Standard_NC40ads_H100_v5",
    ]);
    const cheaper = named?.ranked.filter(({ reason }) => reason !== undefined).map(({ instanceType }) => instanceType);
    expect(cheaper).to.include("Standard_NC24ads_A100_v4");
    const t4 = named?.unfit.find(({ instanceType }) => instanceType === "Standard_NC4as_T4_v3");
    expect(t4).to.deep.include({
      cheaper: true,
      reason: "compute capability 7.5 is below 8.0; it is used only when named",
    });
    const old = explained(serving("phi-3-mini-4k-instruct", "Standard_NC6s_v3")).sizes;
    expect(old?.ranked.find(({ chosen }) => chosen)?.instanceType).to.equal("Standard_NC6s_v3");
    expect(old?.unfit.map(({ instanceType }) => instanceType)).not.to.include("Standard_NC6s_v3");
  });

  const origins: readonly (readonly [string, Workspace, string, Partial<ExplainedValue>])[] = [
    [
      "a size git names",
      serving("phi-4", "Standard_NC24ads_A100_v4"),
      "instanceType",
      { origin: "git", field: "resource.instanceType" },
    ],
    ["a size that is chosen", serving("phi-4"), "instanceType", { origin: "size" }],
    [
      "the region git names",
      serving("phi-4", undefined, { "foresail.dev/region": "westus3" }),
      "nodes.region",
      { origin: "git", field: "metadata.annotations[foresail.dev/region]" },
    ],
    ["the region of the catalogue", serving("phi-4"), "nodes.region", { origin: "default" }],
    [
      "a price limit",
      serving("phi-4", undefined, { "foresail.dev/max-hourly-price": "9" }),
      "nodes.maxHourlyPriceUsd",
      { origin: "policy" },
    ],
    ["the licence", serving("phi-4"), "preset.license", { origin: "preset", source: "preset phi-4" }],
    [
      "a flag of the mode",
      serving("phi-4", undefined, { "kaito.sh/performance-mode": "throughput" }),
      "flags.performance-mode",
      { origin: "git" },
    ],
    [
      "utilization on an A10",
      serving("phi-4", "Standard_NV36ads_A10_v5"),
      "flags.gpu-memory-utilization",
      { value: "0.82", over: [{ origin: "default", value: "0.84" }] },
    ],
    [
      "GPUs of own nodes",
      serving("phi-4", undefined, { "foresail.dev/provision": "false", "foresail.dev/gpu": "2x80Gi/8.0" }),
      "gpu.memoryGiB",
      { origin: "git", field: "metadata.annotations[foresail.dev/gpu]" },
    ],
  ];
  for (const [what, given, path, expected] of origins) {
    it(`names the origin of ${what}`, () => {
      expect(valueAt(explained(given), path)).to.deep.include(expected);
    });
  }

  it("lets the user's file win over every layer", () => {
    const settings = { configMap: "mine", key: "inference_config.yaml", text: "vllm: {max_model_len: 4096}" };
    const told = explain({ workspace: serving("phi-4"), catalogue, today: TODAY, settings });
    expect(valueAt(told, "flags.max-model-len")).to.deep.include({
      value: "4096",
      origin: "git",
      source: "ConfigMap mine, vllm.max_model_len",
      over: [{ origin: "size", value: "16384" }],
    });
  });

  it("warns of prices from the 91st day on", () => {
    const stale = (today: string): boolean =>
      explain({ workspace: serving("phi-4"), catalogue, today }).issues.some(({ code }) => code === "price/stale");
    expect([stale("2026-09-16"), stale("2026-09-17")]).to.deep.equal([false, true]);
  });
});

describe("explain: one number of the catalogue, told alike everywhere", () => {
  const given = serving("phi-4", "Standard_NC24ads_A100_v4");
  const stored = expand(given, catalogue).expansion;
  if (stored === undefined) throw new Error("phi-4 does not expand");

  it("weights", () => {
    const heavier = withModel("phi-4", { weightsGiB: 58 });
    const { memory } = explained(given, heavier);
    const { expansion, issues } = expand(given, heavier);
    expect(memory?.parts[0]).to.deep.equal({
      kind: "weights",
      giB: 59.16,
      arithmetic: "58 GiB on disk × 1.02 when loaded",
    });
    expect(expansion?.memory?.weightsGiB).to.equal(59.16);
    const cut = issues.find(({ code }) => code === "context/cut");
    expect(cut?.message).to.include(`context cut to ${memory?.maxModelLen} of 16384`);
    const upgrade = upgradeOf(given, stored, heavier);
    const told = explain({ workspace: given, catalogue: heavier, today: TODAY, stored }).upgrade;
    expect(told?.changes.map(({ path }) => path)).to.deep.equal(upgrade?.changes);
    expect(told).to.include({ from: "2026.11.0", to: "2027.1.0", restarts: true });
    expect(told?.changes.find(({ path }) => path === "memory.weightsGiB")).to.deep.equal({
      path: "memory.weightsGiB",
      from: 27.86,
      to: 59.16,
    });
  });

  it("price", () => {
    const dearer = changed(({ prices }) => ({
      prices: [
        {
          ...(prices.find(({ cloud }) => cloud === "azure") as Release["prices"][number]),
          source: "ours",
          date: TODAY,
          regions: { eastus: { Standard_NC24ads_A100_v4: 5.5 } },
        },
        ...prices,
      ],
    }));
    const { running, sizes, values, prices } = explained(given, dearer);
    expect(running?.hourlyPriceUsd).to.equal(5.5);
    expect(sizes?.ranked.find(({ chosen }) => chosen)?.hourlyPriceUsd).to.equal(5.5);
    expect(values.find(({ path }) => path === "nodes.hourlyPriceUsd")?.source).to.equal(
      `$5.50/h in eastus: ours, ${TODAY}`,
    );
    expect(prices.map(({ source, ageDays }) => [source, ageDays])).to.deep.include(["ours", 0]);
    const told = explain({ workspace: given, catalogue: dearer, today: TODAY, stored }).upgrade;
    expect(told?.changes).to.deep.equal([{ path: "nodes.hourlyPriceUsd", from: 3.673, to: 5.5 }]);
    expect(told?.restarts).to.equal(false);
    expect(upgradeOf(given, stored, dearer)?.restarts).to.equal(false);
  });

  it("context", () => {
    const longer = withModel("phi-4", { contextTokens: 32_768 });
    const { memory } = explained(given, longer);
    expect(memory?.maxModelLen).to.equal(32_768);
    expect(memory?.cache.at(-1)).to.match(/^→ 32,768 tokens of context; /);
    expect(valueAt(explained(given, longer), "flags.max-model-len")?.value).to.equal("32768");
  });

  it("window", () => {
    const layers = 40;
    const windowed = withModel("phi-4", {
      cache: [{ kind: "attention", layers, kvHeads: 10, headDim: 128, windowTokens: 2048 }],
    });
    const { memory } = explained(given, windowed);
    expect(memory?.cache[0]).to.match(/of at most 10,239 tokens$/);
    expect(memory?.maxConcurrency).to.be.above(stored.memory?.maxConcurrency ?? Number.POSITIVE_INFINITY);
  });

  it("day of retirement", () => {
    const retired = changed(({ instanceTypes }) => ({
      instanceTypes: instanceTypes.map((type) =>
        type.name === "Standard_NC24ads_A100_v4" ? { ...type, retiredOn: "2027-01-31" } : type,
      ),
    }));
    const { issues } = explained(given, retired);
    const warning = issues.find(({ code }) => code === "instance-type/retired");
    expect(warning?.message).to.match(/is retired as of 2027-01-31; /);
    const chosen = explained(serving("phi-4"), retired).sizes;
    expect(chosen?.unfit.find(({ instanceType }) => instanceType === "Standard_NC24ads_A100_v4")?.reason).to.equal(
      "it is retired as of 2027-01-31",
    );
    expect(warning?.message).to.include(
      `; ${chosen?.ranked[0]?.nodeCount === 1 ? "" : `${chosen?.ranked[0]?.nodeCount} × `}`,
    );
  });
});

describe("explain: what another release made", () => {
  const given = serving("phi-4", "Standard_NC24ads_A100_v4");
  const stored = expand(given, catalogue).expansion;
  const heavier = withModel("phi-4", { weightsGiB: 60 });

  it("tells what is stored with the release that made it", () => {
    const told = explain({ workspace: given, catalogue: heavier, today: TODAY, ...(stored && { stored }) });
    expect(told.release).to.equal("2026.11.0");
    expect(told.memory?.parts[0]?.arithmetic).to.equal("27.31 GiB on disk × 1.02 when loaded");
    expect(told.values.some(({ origin }) => origin === "stored")).to.equal(false);
  });

  it("compares a pin in git with the release that runs", () => {
    const pinned = serving("phi-4", "Standard_NC24ads_A100_v4", { "foresail.dev/catalog": "2026.11.0" });
    const { upgrade, release } = explained(pinned, heavier);
    expect(release).to.equal("2026.11.0");
    expect(upgrade).to.deep.include({ from: "2026.11.0", to: "2027.1.0", restarts: true });
    expect(upgrade?.changes.map(({ path }) => path))
      .to.include("memory.weightsGiB")
      .and.not.include("inputsHash");
    expect(explained(pinned).upgrade).to.equal(undefined);
  });

  it("says what the newer one would refuse", () => {
    const { upgrade } = explain({
      workspace: given,
      catalogue: withModel("phi-4", { weightsGiB: 900 }),
      today: TODAY,
      ...(stored && { stored }),
    });
    expect(upgrade?.refused?.map(({ code }) => code)).to.deep.equal(["instance-type/too-small"]);
  });

  it("invents no origin for a release nobody carries", () => {
    if (stored === undefined) throw new Error("phi-4 does not expand");
    const old = { ...stored, catalog: "2020.1.0", memory: { ...stored.memory, weightsGiB: 1 } } as typeof stored;
    const { values, memory } = explain({ workspace: given, catalogue, today: TODAY, stored: old });
    const weights = values.find(({ path }) => path === "memory.weightsGiB");
    expect(weights).to.deep.include({ value: 1, origin: "stored" });
    expect(memory?.parts[0]).to.deep.equal({ kind: "weights", giB: 1 });
  });
});

describe("explain: the nearest that would work", () => {
  const cases: readonly (readonly [string, Workspace, readonly string[]])[] = [
    [
      "a size that is too small",
      serving("deepseek-v3-0324", "Standard_NV36ads_A10_v5"),
      ["resource.instanceType=Standard_NC96ads_A100_v4"],
    ],
    ["a size nobody knows", serving("phi-4", "Standard_NC999"), ["resource.instanceType=Standard_NC24ads_A100_v4"]],
    [
      "a limit below every size",
      serving("phi-4", undefined, { "foresail.dev/max-hourly-price": "0.1" }),
      ["metadata.annotations[foresail.dev/max-hourly-price]"],
    ],
    ["a preset that is misspelt", serving("phi4"), ["inference.preset.name=phi-4"]],
    ["a preset of former days", serving("phi-2"), ["inference.preset.name=phi-4-mini-instruct"]],
    [
      "a gated model without a token",
      workspace({
        resource: { labelSelector: { matchLabels: { a: "b" } } },
        inference: { preset: { name: "llama-3.1-8b-instruct" } },
      }),
      ["inference.preset.presetOptions.modelAccessSecret=hf-token"],
    ],
    [
      "a partition of no GPU",
      {
        ...serving("phi-4"),
        resource: {
          labelSelector: { matchLabels: { a: "b" } },
          instanceType: "Standard_NC24ads_A100_v4",
          partition: { mode: "mig", profile: "9g.9gb" },
        },
      } as Workspace,
      ["resource.partition"],
    ],
  ];
  for (const [what, given, expected] of cases) {
    it(`of ${what}, and it does work`, () => {
      const { remedy, running, values } = explained(given);
      expect([running, values]).to.deep.equal([undefined, []]);
      const changes = remedy?.changes.map(({ path, set }) => (set === undefined ? path : `${path}=${set}`));
      for (const one of expected) expect(changes).to.include(one);
      expect(remedy?.running.nodeCount).to.be.above(0);
    });
  }

  it("says nothing where nothing that may be left out helps", () => {
    const { remedy } = explained(
      workspace({
        name: "x".repeat(60),
        resource: { labelSelector: { matchLabels: { a: "b" } } },
        inference: { preset: { name: "phi-4" } },
      }),
    );
    expect(remedy).to.equal(undefined);
  });
});
