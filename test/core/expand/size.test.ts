import { expect } from "chai";
import { describe, it } from "mocha";
import { findModel, type Model, type Release } from "../../../src/core/catalogue.ts";
import { offers, type Ranking, rankSizes, shownOffer } from "../../../src/core/expand/rank.ts";
import type { Job } from "../../../src/core/expand/size.ts";
import { expand } from "../../../src/core/expand.ts";
import { catalogue, serving } from "../support/workspaces.ts";

const release = catalogue.current;

function job(preset: string, more: Partial<Job> = {}): Job {
  const model = findModel(release, preset);
  if (model === undefined) throw new Error(`no preset ${preset}`);
  return { model, adapters: 0, ...more };
}
const served = release.models.filter(({ runtimes }) => runtimes === undefined);
const sizesOf = (cloud: string) => release.instanceTypes.filter((type) => type.cloud === cloud).map(({ name }) => name);
const reasonOf = (ranking: Ranking, name: string): string =>
  ranking.not.find(({ type }) => type.name === name)?.reason ?? "";
const names = (ranking: Ranking): readonly string[] => ranking.fits.map(({ type }) => type.name);

describe("size choice", () => {
  it("offers verified sizes of the region only, cheapest first", () => {
    expect(served.length).to.be.greaterThan(50);
    for (const model of served) {
      const found = offers(release, { model, adapters: 0 }, "eastus");
      expect(found.length, model.name).to.be.greaterThan(0);
      const prices = found.map(({ hourlyPriceUsd }) => hourlyPriceUsd);
      expect(prices, model.name).to.deep.equal(prices.toSorted((a, b) => a - b));
      for (const { type, fit, nodeCount } of found) {
        expect(Number(type.computeCapability)).to.be.at.least(8);
        expect([type.gpuVendor, type.confidential, type.retiredOn]).to.deep.equal(["nvidia", false, undefined]);
        expect(fit.nodeCount).to.equal(nodeCount);
        expect(nodeCount, model.name).to.be.at.most(4);
        expect(fit.memory.maxModelLen).to.be.at.least(Math.min(8192, model.contextTokens));
      }
    }
  });

  it("says of every other size of the cloud, once, why it is not offered", () => {
    for (const [region, cloud] of [
      ["eastus", "azure"],
      ["us-east-1", "aws"],
    ] as const) {
      // biome-ignore format: a table
      for (const model of served) {
        const ranking = rankSizes(release, { model, adapters: 0 }, region, { maxHourlyPriceUsd: 20 });
        const all = [...ranking.fits, ...ranking.not].map(({ type }) => type.name);
        expect(all.toSorted(), model.name).to.deep.equal(sizesOf(cloud).toSorted());
        for (const { type, reason } of ranking.not)
          expect(reason, type.name).to.match(/^\S.{10,120}$/).and.not.match(/undefined|NaN/);
      }
    }
  });

  it("gives the first reason that holds", () => {
    const ranking = rankSizes(release, job("phi-4"), "eastus", { maxHourlyPriceUsd: 5 });
    expect(reasonOf(ranking, "Standard_NC6s_v3")).to.equal("it is retired as of 2025-09-30");
    expect(reasonOf(ranking, "Standard_NCC40ads_H100_v5")).to.match(/no price is known|confidential/);
    expect(reasonOf(ranking, "Standard_NC4as_T4_v3")).to.equal(
      "compute capability 7.5 is below 8.0; it is used only when named",
    );
    expect(reasonOf(ranking, "Standard_NC40ads_H100_v5")).to.equal("$6.98/h is above the limit of $5");
    const large = rankSizes(release, job("phi-4", { tuningMethod: "lora" }), "eastus");
    expect(reasonOf(large, "Standard_NV36ads_A10_v5")).to.match(/^one GPU must hold [\d.]+ GiB and offers [\d.]+$/);
    const nowhere = rankSizes(release, job("phi-4"), "nowhere");
    expect(nowhere.fits).to.deep.equal([]);
    expect(new Set(nowhere.not.map(({ reason }) => reason))).to.include("no price is known in nowhere");
  });

  it("leaves a pipeline over more than four nodes to those who name it", () => {
    const ranking = rankSizes(release, job("deepseek-v4-pro"), "eastus");
    expect(names(ranking)).to.deep.equal(["Standard_ND96isr_H100_v5"]);
    expect(reasonOf(ranking, "Standard_NC40ads_H100_v5")).to.match(/^it takes \d+ nodes; a size is chosen up to 4/);
    const named = serving("deepseek-v4-pro", "Standard_NC40ads_H100_v5");
    expect(expand(named, catalogue).expansion?.nodeCount).to.be.greaterThan(4);
  });

  it("counts every node of a replica in the price", () => {
    const offer = offers(release, job("llama-3.3-70b-instruct"), "eastus").find(({ nodeCount }) => nodeCount === 2);
    expect(offer?.hourlyPriceUsd).to.equal(Math.round(2 * (offer?.price.hourlyUsd ?? 0) * 10_000) / 10_000);
    expect(offer && shownOffer(offer)).to.match(/^2 × Standard_\S+ \(\$\d+\.\d\d\/h\)$/);
  });

  it("chooses what stands first, and only what the limit allows for all replicas", () => {
    for (const model of served.filter(({ gated }) => !gated)) {
      const found = offers(release, { model, adapters: 0 }, "eastus");
      const chosen = expand(serving(model.name), catalogue).expansion;
      expect(chosen?.instanceType, model.name).to.equal(found[0]?.type.name);
      expect(chosen?.nodes.hourlyPriceUsd, model.name).to.equal(found[0]?.hourlyPriceUsd);
      expect(chosen?.memory, model.name).to.deep.equal(found[0]?.fit.memory);
    }
    const all = rankSizes(release, job("phi-4"), "eastus");
    for (const usd of [3.672, 3.673, 7.346, 100]) {
      const within = all.fits.filter((offer) => offer.hourlyPriceUsd * 2 <= usd + 1e-9).map(({ type }) => type.name);
      const limited = rankSizes(release, job("phi-4"), "eastus", { maxHourlyPriceUsd: usd, replicas: 2 });
      expect(names(limited), String(usd)).to.deep.equal(within);
    }
  });

  it("compares by the way of paying the user names first", () => {
    const h100 = "Standard_NC40ads_H100_v5";
    const table = {
      cloud: "azure",
      currency: "USD",
      date: "2026-10-01",
      source: "ours",
      regions: {},
      spotRegions: { eastus: { [h100]: 0.5 } },
    } as const;
    const priced: Release = { ...release, prices: [table, ...release.prices] };
    const first = (capacityTypes: readonly string[]) => offers(priced, job("phi-4"), "eastus", { capacityTypes })[0];
    expect(first(["spot"])).to.deep.include({ hourlyPriceUsd: 0.5 });
    expect(first(["spot", "on-demand"])?.type.name).to.equal(h100);
    expect(first(["on-demand", "spot"])?.type.name).to.equal("Standard_NC24ads_A100_v4");
    const bounded = offers(priced, job("phi-4"), "eastus", { capacityTypes: ["spot"] })[1];
    expect(bounded && shownOffer(bounded)).to.match(/\(≤ \$/);
  });

  it("follows runtime, adapters and quantisation", () => {
    const cheap = offers(release, job("phi-4-mini-instruct"), "us-east-1")[0]?.type.name ?? "";
    const many = rankSizes(release, job("phi-4-mini-instruct", { adapters: 10 }), "us-east-1");
    const few = rankSizes(release, job("phi-4-mini-instruct"), "us-east-1");
    expect(few.fits.find(({ type }) => type.name === cheap)?.fit.memory.overheadGiB).to.be.below(
      many.fits.find(({ type }) => type.name === cheap)?.fit.memory.overheadGiB ?? Number.POSITIVE_INFINITY,
    );
    const transformers = offers(release, job("phi-4", { runtime: "transformers" }), "eastus");
    expect(new Set(transformers.map(({ nodeCount }) => nodeCount))).to.deep.equal(new Set([1]));
    // A method this server has kernels for from the next capability only.
    const picky: Model = { ...job("phi-4").model, name: "picky", quantization: { method: "newest", bits: 4 } };
    const servers = release.servers.map((server) => ({ ...server, quantizations: { newest: "9.0" } }));
    const ranking = rankSizes({ ...release, servers }, { model: picky, adapters: 0, runtime: "vllm" }, "eastus");
    expect(new Set(ranking.fits.map(({ type }) => type.computeCapability))).to.deep.equal(new Set(["9.0"]));
    expect(reasonOf(ranking, "Standard_NC24ads_A100_v4")).to.match(/newest weights need.* 9\.0, it has 8\.0$/);
  });

  it("remembers a frozen release's ranking, and never gives it for another release or job", () => {
    const once = rankSizes(release, job("phi-4"), "eastus");
    expect(rankSizes(release, job("phi-4"), "eastus")).to.equal(once);
    for (const other of [
      rankSizes(release, job("phi-4"), "westeurope"),
      rankSizes(release, job("phi-4", { adapters: 1 }), "eastus"),
      rankSizes(release, job("phi-4", { runtime: "transformers" }), "eastus"),
      rankSizes(release, job("phi-4", { tuningMethod: "qlora" }), "eastus"),
      rankSizes(release, job("phi-4", { performanceMode: "throughput" }), "eastus"),
      rankSizes(release, job("phi-4"), "eastus", { capacityTypes: ["spot"] }),
      rankSizes(release, job("phi-4-mini-instruct"), "eastus"),
    ])
      expect(other).to.not.equal(once);
    const changing = { ...release, instanceTypes: [...release.instanceTypes] };
    expect(rankSizes(changing, job("phi-4"), "eastus")).to.deep.equal(once);
    changing.instanceTypes.splice(0);
    expect(rankSizes(changing, job("phi-4"), "eastus").fits).to.deep.equal([]);
    // However many places are asked for: what is forgotten is worked out anew.
    for (let i = 0; i < 2000; i++) rankSizes(release, job("phi-4", { adapters: i }), "eastus");
    expect(rankSizes(release, job("phi-4"), "eastus")).to.deep.equal(once);
  });
});
