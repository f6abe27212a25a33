import type { InstanceType } from "../catalogue.ts";
import { settingsOf } from "../expand/fit.ts";
import { jobOf } from "../expand/model.ts";
import { placementOf, type Share, shareOf } from "../expand/placement.ts";
import { constraintsOf } from "../expand/price.ts";
import { type Offer, rankSizes } from "../expand/rank.ts";
import { fitOn, imageOn, type Job } from "../expand/size.ts";
import type { Expansion } from "../kinds/workspace.ts";
import { type Fit, isMisfit } from "../memory/fit.ts";
import { type Price, priceOf, roundUsd } from "../prices.ts";
import { capacityTokens } from "./capacity.ts";
import type { Decided } from "./decided.ts";
import type { RankedSize, Sizes, UnfitSize } from "./explanation.ts";

const MILLION = 1_000_000;

/** What is compared with what. */
interface Comparing {
  readonly decided: Decided;
  readonly job: Job;
  readonly region: string;
  readonly capacityType: string;
  readonly chosen?: string;
}

/** Every size of the region: those that do the job, cheapest first, and why not the rest. Undefined where no node is bought. */
export function rankedSizes(decided: Decided, expansion: Expansion | undefined): Sizes | undefined {
  const { expanding, model } = decided;
  const { options, release, workspace } = expanding;
  const provision = expansion?.nodes.provision ?? options.provision ?? release.defaults.provision;
  if (model === undefined || !provision || (workspace.tuning !== undefined && model.tuning === undefined)) {
    return undefined;
  }
  const job = jobOf(expanding, model);
  const region = expansion?.nodes.region ?? options.region ?? release.defaults.region;
  const allowed = constraintsOf(expanding, job);
  const capacityType = allowed.capacityTypes?.[0] ?? "on-demand";
  const chosen = expansion?.instanceType;
  const comparing = { decided, job, region, capacityType, ...(chosen === undefined ? {} : { chosen }) };
  const { fits, not } = rankSizes(release, job, region, allowed);
  const ranked = withChosen(
    comparing,
    fits.map((offer) => row(comparing, offer)),
  );
  const chosenUsd = ranked.find((size) => size.chosen)?.hourlyPriceUsd;
  const unfit = not
    .filter(({ type }) => type.name !== chosen)
    .map(({ type, reason }) => unfitRow(comparing, type, { reason, chosenUsd }));
  return { region, capacityType, ranked: reasoned(ranked, comparing), unfit: unfit.sort(byPrice) };
}

/** A size the user names need not be one that would be offered. */
function withChosen(comparing: Comparing, ranked: readonly RankedSize[]): readonly RankedSize[] {
  const { decided, job, region, capacityType, chosen } = comparing;
  const { release } = decided.expanding;
  const type = release.instanceTypes.find(({ name }) => name === chosen);
  if (type === undefined || ranked.some((size) => size.chosen)) return ranked;
  const fit = fitOn(release, job, type);
  if (fit === undefined || isMisfit(fit)) return ranked;
  const price = priceOf(release, type, region, capacityType);
  const own = row(comparing, { type, fit, nodeCount: fit.nodeCount, ...(price === undefined ? {} : { price }) });
  return [...ranked, own].sort(byPrice);
}

type Sized = Pick<Offer, "type" | "nodeCount" | "fit"> & { readonly price?: Price };

function row(comparing: Comparing, { type, nodeCount, fit: whole, price }: Sized): RankedSize {
  const serves = comparing.job.tuningMethod === undefined;
  const { share, fit } = takenOf(comparing, type, whole);
  const tokens = serves ? capacityOn(comparing, { ...type, ...share }, fit) : undefined;
  const usd = price === undefined ? undefined : roundUsd(price.hourlyUsd * nodeCount);
  const { partOfNode = 1 } = share;
  const perMillion = usd === undefined || !tokens ? undefined : roundUsd(((usd * partOfNode) / tokens) * MILLION);
  return {
    instanceType: type.name,
    gpu: `${partOfNode < 1 ? `${share.gpuCount} of ` : ""}${type.gpuCount} × ${type.gpuModel} ${type.gpuMemoryGiB} GiB`,
    nodeCount,
    ...(usd === undefined || price === undefined ? {} : { hourlyPriceUsd: usd, bound: price.bound }),
    ...(perMillion === undefined ? {} : { hourlyUsdPerMillionTokens: perMillion }),
    ...(tokens === undefined ? {} : { capacityTokens: tokens }),
    ...(serves ? { maxModelLen: fit.memory.maxModelLen, maxConcurrency: fit.memory.maxConcurrency } : {}),
    chosen: type.name === comparing.chosen,
  };
}

/** What is taken of a node, and how the job fits on that: less than all where nodes are shared. */
function takenOf(
  { decided, job }: Comparing,
  type: InstanceType,
  whole: Fit,
): { readonly share: Share; readonly fit: Fit } {
  const { expanding } = decided;
  const all = { share: { gpuCount: type.gpuCount }, fit: whole };
  if (placementOf(expanding) === "dedicated" || whole.nodeCount > 1) return all;
  const share = shareOf(expanding.release, job, type);
  const fit = fitOn(expanding.release, job, { ...type, ...share });
  return fit === undefined || isMisfit(fit) ? all : { share, fit };
}

function capacityOn({ decided, job }: Comparing, type: InstanceType, fit: Fit): number | undefined {
  const { release } = decided.expanding;
  const image = imageOn(release, job, type);
  if (image === undefined) return undefined;
  const settings = settingsOf(release, { ...job, image }, type.gpuModel);
  return capacityTokens({ model: job.model, runtime: image.runtime, hardware: type, settings, fit });
}

/** Why those before the chosen one are not chosen: the Workspace names another. */
function reasoned(ranked: readonly RankedSize[], { chosen, decided }: Comparing): readonly RankedSize[] {
  const at = ranked.findIndex((size) => size.chosen);
  const named = decided.expanding.workspace.resource?.instanceType ?? "";
  if (at <= 0 || named === "") return ranked;
  return ranked.map((size, i) => (i < at ? { ...size, reason: `resource.instanceType names ${chosen}` } : size));
}

function unfitRow(
  { decided, region, capacityType }: Comparing,
  type: InstanceType,
  { reason, chosenUsd }: { readonly reason: string; readonly chosenUsd: number | undefined },
): UnfitSize {
  const price = priceOf(decided.expanding.release, type, region, capacityType);
  if (price === undefined) return { instanceType: type.name, cheaper: false, reason };
  const { hourlyUsd, bound } = price;
  const cheaper = chosenUsd !== undefined && hourlyUsd < chosenUsd;
  return { instanceType: type.name, hourlyPriceUsd: hourlyUsd, bound, cheaper, reason };
}

function byPrice(
  a: { readonly hourlyPriceUsd?: number; readonly instanceType: string },
  b: { readonly hourlyPriceUsd?: number; readonly instanceType: string },
): number {
  const usd = ({ hourlyPriceUsd = Number.MAX_VALUE }: typeof a): number => hourlyPriceUsd;
  return usd(a) - usd(b) || (a.instanceType < b.instanceType ? -1 : 1);
}
