import { expect } from "chai";
import { describe, it } from "mocha";
import { settingsOf } from "../../../src/core/expand/fit.ts";
import { expand } from "../../../src/core/expand.ts";
import { blocksIn, cachePlan } from "../../../src/core/memory/kv-cache.ts";
import { catalogue, serving } from "../support/workspaces.ts";
import { models } from "./models.ts";

const release = catalogue.current;
const image = release.runtimes.find(({ server }) => server !== undefined);
if (image === undefined) throw new Error("no image of vLLM");
const BYTES_PER_GIB = 1024 ** 3;

interface Rendered {
  readonly where: string;
  readonly most: number;
  readonly usual: number;
  /** vLLM's num_blocks: the pool's empty one counts. */
  readonly blocks: number;
  /** What one whole context leaves of the KV cache. */
  readonly spareGiB: number;
}

/** Sequences and blocks of an expansion, as vLLM would start with its arguments. */
function rendered(model: (typeof models)[number], size: string, mode?: string): Rendered | undefined {
  const annotations = mode === undefined ? undefined : { "kaito.sh/performance-mode": mode };
  const { expansion } = expand(serving(model.name, size, annotations), catalogue);
  const { memory, parallelism, gpu } = expansion ?? {};
  if (memory === undefined || parallelism === undefined || expansion?.preset?.runtime !== "vllm") return undefined;
  const served = { model, image: image as NonNullable<typeof image>, adapters: 0 };
  const settings = settingsOf(
    release,
    { ...served, ...(mode === undefined ? {} : { performanceMode: mode }) },
    gpu?.model,
  );
  const plan = cachePlan(model, parallelism, settings);
  const bytes = memory.kvCacheGiB * BYTES_PER_GIB;
  const held = (memory.maxModelLen / (plan.groups[0]?.blockTokens ?? 1)) * plan.blockBytes;
  const large = (gpu?.memoryGiB ?? 0) >= 70 && gpu?.model !== "A100";
  const usual = (large ? 1024 : 256) * (mode === "throughput" ? 2 : 1);
  const flag = JSON.stringify(expansion.podTemplate).match(/--max-num-seqs=(\d+)/)?.[1];
  const most = flag === undefined ? usual : Number(flag);
  return {
    where: `${model.name} on ${size} ${mode ?? ""}`,
    most,
    usual,
    blocks: blocksIn(plan, bytes) + 1,
    spareGiB: (bytes - held) / BYTES_PER_GIB,
  };
}

const sizes = release.instanceTypes.filter(({ gpuVendor, cloud }) => gpuVendor === "nvidia" && cloud === "azure");

describe("sequences of one batch", () => {
  it("never asks vLLM for more sequences than a hybrid model has blocks, which it refuses to start with", () => {
    const hybrids = models.filter(({ cache }) => cache.some(({ kind }) => kind === "state"));
    let refused = 0;
    for (const model of hybrids) {
      for (const { name } of sizes) {
        for (const mode of [undefined, "throughput"]) {
          const found = rendered(model, name, mode);
          if (found === undefined) continue;
          expect(found.most, found.where).to.be.within(1, found.blocks);
          if (found.usual > found.blocks) refused += 1;
        }
      }
    }
    expect(refused, "sizes that vLLM's own default would be too much for").to.be.greaterThan(20);
  });

  it("keeps to the batch the overhead covers where sampling a larger one would eat the stated context", () => {
    for (const model of models) {
      for (const { name } of sizes) {
        const found = rendered(model, name);
        if (found === undefined) continue;
        // Beside 256 sequences: their logits, 14 bytes each.
        const moreGiB = ((found.most - 256) * (model.vocabularySize ?? 0) * 14) / BYTES_PER_GIB;
        if (moreGiB > 0) expect(found.spareGiB, found.where).to.be.at.least(moreGiB - 0.02);
      }
    }
  });

  it("leaves vLLM its own default where there is room for it", () => {
    const small = expand(serving("phi-4-mini-instruct", "Standard_NC40ads_H100_v5"), catalogue);
    expect(JSON.stringify(small.expansion)).not.to.include("max-num-seqs");
    // 256 in throughput mode, too, where the context is cut.
    const cut = expand(
      serving("gemma-4-31b-it", "Standard_NC40ads_H100_v5", { "kaito.sh/performance-mode": "throughput" }),
      catalogue,
    );
    expect(JSON.stringify(cut.expansion)).to.include("--max-num-seqs=256");
  });
});
