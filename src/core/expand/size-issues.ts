import type { InstanceType, Release } from "../catalogue.ts";
import { error, type Issue, mendedBy, warning } from "../issue.ts";
import { isMisfit } from "../memory/fit.ts";
import { nearest, surelyMeant } from "../nearest.ts";
import { annotationPath } from "../options.ts";
import { cloudOf, hourlyPriceUsd, priceOf, regionsOf, shownPrice } from "../prices.ts";
import { shown } from "../schema.ts";
import type { HardwareQuestion } from "./hardware.ts";
import { constraintsOf } from "./price.ts";
import { leastCost, type Offer, rankSizes, shownNodes, shownOffer } from "./rank.ts";
import { fitOn, type Job, unverified } from "./size.ts";

const SIZE = "resource.instanceType";

// Azure names families of sizes with GPUs with an N; these, and these of EC2's, have neither GPUs nor accelerators.
const NO_GPU = [/^standard_[abdefghlm][a-z]*\d/i, /^(?:[acdhimrtxz]\d[a-z0-9-]*|hpc\d[a-z]*|u-\w+)\.\w+$/i] as const;

const LEAVE_OUT = "leave it out to get the cheapest size that fits";

/** A size the catalogue does not have; KAITO lets any Standard_N… and Standard_D… pass, and their pods wait for ever. */
export function unknownSize(release: Release, path: string, name: string, remedy = LEAVE_OUT): Issue {
  if (NO_GPU.some((family) => family.test(name)))
    return error(path, "instance-type/no-gpu", `${path} ${shown(name)} is a size without GPUs: ${remedy}`);
  const names = release.instanceTypes.flatMap((type) => [type.name, ...type.aliases]);
  const near = nearest(name, names);
  const hints = [...(near.length > 0 ? [`nearest are ${near.join(", ")}`] : []), remedy];
  const text = `${path} ${shown(name)} is not in catalogue ${release.id}: ${hints.join("; ")}`;
  const issue = error(path, "instance-type/unknown", text);
  const meant = path === SIZE ? surelyMeant(name, names) : undefined;
  return meant === undefined ? issue : mendedBy(issue, meant);
}

/** A size that can no longer be had, with the cheapest living one that gives at least as much. */
export function retirement(question: HardwareQuestion, type: InstanceType): readonly Issue[] {
  if (type.retiredOn === undefined) return [];
  const instead = question.job === undefined ? livingLike(question, type) : replacement(question, type, question.job);
  const fits =
    instead === undefined
      ? ""
      : `; ${shownNodes(instead.type.name, instead.nodeCount)} fits at ${shownPrice(instead.hourlyPriceUsd, instead.price.bound)}`;
  return [warning(SIZE, "instance-type/retired", `${type.name} is retired as of ${type.retiredOn}${fits}`)];
}

type Instead = Omit<Offer, "fit">;

/** The cheapest offer with at least the context the old size gave. */
function replacement(question: HardwareQuestion, type: InstanceType, job: Job): Instead | undefined {
  const { release, region } = question;
  const old = fitOn(release, job, type);
  const context = old === undefined || isMisfit(old) ? 0 : old.memory.maxModelLen;
  const { maxHourlyPriceUsd: _, ...allowed } = constraintsOf(question, job);
  return rankSizes(release, job, region, allowed).fits.find(({ fit }) => fit.memory.maxModelLen >= context);
}

/** For a template, of which nothing is known: at least as many GPUs, as much memory and as new. */
function livingLike({ release, region, options }: HardwareQuestion, old: InstanceType): Instead | undefined {
  const capacityType = (options.capacityTypes ?? release.defaults.capacityTypes)[0];
  const like = release.instanceTypes.flatMap((type) => {
    const price = priceOf(release, type, region, capacityType);
    const enough =
      type.cloud === old.cloud &&
      type.gpuCount >= old.gpuCount &&
      type.gpuMemoryGiB >= old.gpuMemoryGiB &&
      Number(type.computeCapability) >= Number(old.computeCapability ?? 0);
    if (price === undefined || !enough || unverified(type) !== undefined) return [];
    return [{ type, nodeCount: 1, hourlyPriceUsd: price.hourlyUsd, price }];
  });
  return like.sort((a, b) => a.hourlyPriceUsd - b.hourlyPriceUsd || (a.type.name < b.type.name ? -1 : 1))[0];
}

/** A size the region does not offer, as far as prices tell; a price limit cannot be kept without a price. */
export function unpriced(question: HardwareQuestion, type: InstanceType): readonly Issue[] {
  const { release, region, provision, options } = question;
  if (!provision || hourlyPriceUsd(release, type, region) !== undefined) return [];
  const elsewhere = regionsOf(release).includes(region) && cloudOf(release, region) !== type.cloud;
  const advice = elsewhere ? `state a region of ${type.cloud} in foresail.dev/region` : "it may not be offered there";
  const text = `${type.name} has no price in ${region}: ${advice}`;
  if (options.maxHourlyPriceUsd === undefined) return [warning(SIZE, "instance-type/no-price", text)];
  const limit = annotationPath("foresail.dev/max-hourly-price");
  return [error(SIZE, "instance-type/no-price", `${text}, and ${limit} cannot be kept without one`)];
}

/** Why no size could be chosen. */
export function noneFits(question: HardwareQuestion, job: Job): Issue {
  return error(SIZE, "instance-type/none-fits", noneFitsText(question, job));
}

function noneFitsText(question: HardwareQuestion, job: Job): string {
  const { release, region, options } = question;
  const path = annotationPath("foresail.dev/region");
  if (!regionsOf(release).includes(region)) {
    const near = nearest(region, regionsOf(release));
    const hint = near.length > 0 ? `: nearest are ${near.join(", ")}` : "";
    return `no price is known in region ${region}, so no size can be chosen${hint}; state another in ${path}, or name a size in ${SIZE}`;
  }
  const { maxHourlyPriceUsd: most, ...allowed } = constraintsOf(question, job);
  const costs = rankSizes(release, job, region, allowed).fits.flatMap((offer) => {
    const cost = leastCost(release, offer, region, allowed);
    return cost === undefined ? [] : [{ offer, cost }];
  });
  const cheapest = costs.sort((a, b) => a.cost.hourlyUsd - b.cost.hourlyUsd)[0];
  if (most === undefined || cheapest === undefined) {
    const remedy = inTheWay(question, job) ?? `name one in ${SIZE}, or another region in ${path}`;
    return `no verified size of ${region} holds ${job.model.name}: ${remedy}`;
  }
  const { offer, cost } = cheapest;
  const nodes = shownNodes(offer.type.name, offer.nodeCount * (allowed.replicas ?? 1));
  const limit = annotationPath("foresail.dev/max-hourly-price");
  return `the cheapest size for ${job.model.name} in ${region} is ${nodes} at ${shownPrice(cost.hourlyUsd, cost.bound)}, above ${limit} of $${options.maxHourlyPriceUsd}`;
}

/** What else was asked for that leaves no size, found by leaving it out; undefined where nothing is. */
function inTheWay(question: HardwareQuestion, job: Job): string | undefined {
  const { release, region } = question;
  const { performanceMode: _, ...inAnyMode } = job;
  const { runtime: __, ...onAnyRuntime } = job;
  const others: readonly (readonly [string, Job])[] = [
    ["inference.adapters", { ...job, adapters: 0 }],
    [annotationPath("kaito.sh/performance-mode"), inAnyMode],
    [annotationPath("kaito.sh/runtime"), onAnyRuntime],
  ];
  for (const [path, other] of others) {
    const { maxHourlyPriceUsd: _most, ...allowed } = constraintsOf(question, other);
    const offer = rankSizes(release, other, region, allowed).fits[0];
    if (offer !== undefined) return `without ${path} it fits on ${shownOffer(offer)}`;
  }
  const { maxHourlyPriceUsd: _most, oneNode, ...single } = constraintsOf(question, job);
  const offer = oneNode === true ? rankSizes(release, job, region, single).fits[0] : undefined;
  if (offer === undefined) return undefined;
  const path = annotationPath("foresail.dev/replicas");
  return `without ${path} it fits on ${shownOffer(offer)}`;
}
