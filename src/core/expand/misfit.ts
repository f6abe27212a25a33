import type { MigProfile, Model, Release } from "../catalogue.ts";
import type { Expanding } from "../expand.ts";
import { error, type Issue, mendedBy, warning } from "../issue.ts";
import { isMisfit, type Misfit } from "../memory/fit.ts";
import { annotationPath } from "../options.ts";
import type { ChosenHardware } from "./hardware.ts";
import { MIG_RESOURCE } from "./pod.ts";
import { constraintsOf } from "./price.ts";
import { type Offer, offers, shownOffer } from "./rank.ts";
import { fitOn, type Job, whyNoImage } from "./size.ts";

const SIZE = "resource.instanceType";
const PARTITION = "resource.partition";
const MOST_OFFERS = 3;

/** What is known of hardware that does not do. */
export interface Unfit {
  readonly job: Job;
  readonly hardware: ChosenHardware;
  readonly region: string;
}

/** The model does not fit: a denial that names what does, or a warning where the user bypasses the check. */
export function misfitIssue(expanding: Expanding, unfit: Unfit, misfit: Misfit): Issue {
  const { job, hardware } = unfit;
  const isSlice = hardware.slice === true;
  const where = isSlice ? `slice ${hardware.gpuResource.slice(MIG_RESOURCE.length)}` : whereOf(hardware);
  const path = isSlice ? PARTITION : SIZE;
  const code = isSlice ? "partition/too-small" : "instance-type/too-small";
  const { neededGiB, availableGiB } = misfit;
  if (expanding.options.bypassResourceChecks) {
    const text = `${where} is too small: ${job.model.name} needs ${neededGiB} of ${availableGiB} GiB per GPU`;
    return warning(path, code, text);
  }
  const unit = isSlice ? "it" : "one GPU";
  const fits = isSlice ? [] : offersOf(expanding, unfit);
  const hint = isSlice ? sliceHint(expanding.release, job, hardware) : sizeHint(unfit, fits);
  const has = `offers ${availableGiB} GiB of its ${hardware.gpuMemoryGiB} GiB`;
  const text = `${where} is too small for ${job.model.name}: ${unit} must hold ${neededGiB} GiB and ${has}${hint}`;
  const issue = error(path, code, text);
  const [cheapest] = fits;
  const isStated = expanding.workspace.resource?.instanceType !== undefined;
  return cheapest === undefined || !isStated ? issue : mendedBy(issue, cheapest.type.name);
}

/** The model has no server of the runtime asked for, whatever the GPU. */
export function notServed(model: Model, runtime: string): Issue {
  const path = annotationPath("kaito.sh/runtime");
  const text = `${path} ${runtime}: no image serves ${model.name} with it; leave it out to serve it with another`;
  return error(path, "runtime/not-served", text);
}

/** No image of the model runs on the GPU. */
export function noImageIssue(expanding: Expanding, unfit: Unfit): Issue {
  const { job, hardware, region } = unfit;
  const { computeCapability, gpuModel } = hardware;
  const gpu =
    computeCapability === undefined ? `GPU ${gpuModel ?? "unknown"}` : `compute capability ${computeCapability}`;
  const wish = job.runtime === undefined ? "" : `${job.runtime} `;
  const fits = cheapestOffer(expanding, job, region);
  const hint = fits === undefined ? "" : `; the cheapest size that fits is ${fits}`;
  const reason = whyNoImage(expanding.release, job, { ...hardware, gpuMemoryGiB: hardware.gpuMemoryGiB ?? 0 });
  const where = hardware.typeName ?? "the stated GPU";
  const text = `no ${wish}image of ${job.model.name} runs on ${where} (${gpu}): ${reason}${hint}`;
  return error(SIZE, "runtime/unsupported-gpu", text);
}

/** The cheapest size that does all that is asked, with its price. */
export function cheapestOffer(expanding: Expanding, job: Job, region: string): string | undefined {
  const offer = offers(expanding.release, job, region, constraintsOf(expanding, job))[0];
  return offer === undefined ? undefined : shownOffer(offer);
}

function whereOf(hardware: ChosenHardware): string {
  return hardware.typeName ?? `${hardware.gpuCount} GPUs of ${hardware.gpuMemoryGiB} GiB`;
}

function offersOf(expanding: Expanding, { job, region }: Unfit): readonly Offer[] {
  return offers(expanding.release, job, region, constraintsOf(expanding, job)).slice(0, MOST_OFFERS);
}

function sizeHint({ region }: Unfit, fits: readonly Offer[]): string {
  return fits.length > 0 ? `; in ${region} it fits on ${fits.map(shownOffer).join(", ")}` : "";
}

function sliceHint(release: Release, job: Job, hardware: ChosenHardware): string {
  const best = smallestSlice(release, job, hardware);
  return best === undefined
    ? "; no slice is large enough: ask for whole GPUs"
    : `; the smallest profile that fits is ${best.profile}`;
}

/** The smallest slice, of the same GPU where it is known, that the model fits. */
function smallestSlice(release: Release, job: Job, hardware: ChosenHardware): MigProfile | undefined {
  const { gpuModel } = hardware;
  return release.migProfiles
    .filter(({ gpuModels }) => gpuModel === undefined || gpuModels.includes(gpuModel))
    .toSorted((a, b) => a.memoryGiB - b.memoryGiB || (a.profile < b.profile ? -1 : 1))
    .find((profile) => {
      const fit = fitOn(release, job, { ...hardware, gpuMemoryGiB: profile.memoryGiB });
      return fit !== undefined && !isMisfit(fit);
    });
}
