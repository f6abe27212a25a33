import type { Model, RuntimeImage } from "../catalogue.ts";
import { tuningMethod } from "../checks/tuning.ts";
import type { Expanded, Expanding } from "../expand.ts";
import { error, type Issue, warning } from "../issue.ts";
import type { Expansion } from "../kinds/workspace.ts";
import { annotationPath } from "../options.ts";
import { accessIssues } from "./access.ts";
import { assemble } from "./assemble.ts";
import { chatIssues, podApi, serverPort } from "./chat.ts";
import { type Fit, isMisfit, type Misfit, tensorSizes } from "./fit.ts";
import { type ChosenHardware, chooseHardware } from "./hardware.ts";
import { ignored } from "./ignored.ts";
import { inferencePod } from "./inference.ts";
import { nodeShare } from "./pod.ts";
import { priceIssues } from "./price.ts";
import { groupIssues } from "./replicas.ts";
import { chooseRuntime, imageReference, supports } from "./runtime.ts";
import { fitOn, type Job, offers } from "./size.ts";
import { tuningPod } from "./tuning.ts";

// KAITO's disk rule: weights, the base image of about 30 GiB, logs and room to download.
const STORAGE_BESIDE_WEIGHTS_GIB = 80;

/** Expands a Workspace with a preset: hardware, runtime image, memory, price, then the pod. */
export function expandModel(expanding: Expanding, model: Model): Expanded {
  const { workspace, release, options } = expanding;
  if (workspace.tuning !== undefined && model.tuning === undefined) return { issues: [notTunable(expanding, model)] };
  const job = jobOf(expanding, model);
  const provision = options.provision ?? release.defaults.provision;
  const region = options.region ?? release.defaults.region;
  const { hardware, issues: found } = chooseHardware({ release, workspace, options, provision, region, job });
  if (hardware === undefined) return { issues: found };
  const image = chooseRuntime(release, model, {
    tuning: job.tuningMethod !== undefined,
    ...(options.runtime === undefined ? {} : { runtime: options.runtime }),
    ...(hardware.computeCapability === undefined ? {} : { computeCapability: hardware.computeCapability }),
    gpuVendor: hardware.gpuVendor,
  });
  if (image === undefined) return { issues: [...found, noRuntime(expanding, job, hardware, region)] };
  const sized = sizeOn(expanding, job, hardware, region);
  const nodeCount = sized.fit?.nodeCount ?? 1;
  const issues = [
    ...found,
    ...sized.issues,
    ...priceIssues(expanding, hardware, { provision, region, nodeCount, runtime: image.runtime }),
    ...groupIssues(expanding, nodeCount),
    ...unlikeImage(image, hardware),
    ...chatIssues(expanding, image),
    ...accessIssues(expanding, image),
    ...ignored(expanding, { model, runtime: image.runtime, nodeCount, provision }),
    ...(image.retired === undefined ? [] : [retiredImage(image.name, hardware)]),
    ...(sized.fit === undefined || job.tuningMethod !== undefined ? [] : cutContext(model, sized.fit, hardware)),
  ];
  if (sized.failed) return { issues };
  return { expansion: build(expanding, { job, hardware, image, provision, region, ...sized }), issues };
}

function jobOf({ workspace, options }: Expanding, model: Model): Job {
  const method = workspace.tuning === undefined ? undefined : tuningMethod(workspace.tuning.method);
  return {
    model,
    adapters: (workspace.inference?.adapters ?? []).length,
    ...(options.runtime === undefined ? {} : { runtime: options.runtime }),
    ...(method === undefined ? {} : { tuningMethod: method }),
  };
}

interface Chosen {
  readonly job: Job;
  readonly hardware: ChosenHardware;
  readonly image: RuntimeImage;
  readonly provision: boolean;
  readonly region: string;
  readonly fit?: Fit;
}

/** The expansion of what was chosen. */
function build(expanding: Expanding, chosen: Chosen): Expansion {
  const { workspace, release, options } = expanding;
  const { hardware, image, job, provision, region } = chosen;
  const { model } = job;
  const requests = nodeShare(hardware, model.weightsGiB);
  const fit = chosen.fit ?? unsized(model, hardware, image.runtime);
  const reference = imageReference(release, image, model);
  const common = { release, workspace, model, image, imageReference: reference, hardware, requests };
  const { tuning, inference = {} } = workspace;
  const preset = {
    name: model.name,
    model: model.model,
    revision: model.revision,
    license: model.license,
    runtime: image.runtime,
    image: reference,
  };
  const decided = { expanding, hardware, provision, region, preset, api: podApi(options, image) };
  if (tuning !== undefined) {
    const pod = tuningPod({ ...common, tuning, method: job.tuningMethod ?? "" });
    return assemble({ ...decided, ...pod, nodeCount: 1, storageGiB: model.tuning?.storageGiB ?? 0 });
  }
  const podTemplate = inferencePod({ ...common, options, inference, port: serverPort(options, image), ...fit });
  const storageGiB = Math.floor(model.weightsGiB + STORAGE_BESIDE_WEIGHTS_GIB);
  return assemble({ ...decided, ...fit, podTemplate, files: {}, storageGiB });
}

/** A pod when nothing was sized: as many GPUs of one node as can share the layers do, the rest hold copies. */
function unsized(model: Model, hardware: ChosenHardware, runtime: string): Pick<Fit, "nodeCount" | "parallelism"> {
  if (runtime !== "vllm") return { nodeCount: 1, parallelism: { tensor: 1, pipeline: 1, data: 1 } };
  const tensor = Math.max(...tensorSizes(model, hardware.gpuCount));
  return { nodeCount: 1, parallelism: { tensor, pipeline: 1, data: hardware.gpuCount / tensor } };
}

interface Sized {
  readonly fit?: Fit;
  readonly failed: boolean;
  readonly issues: readonly Issue[];
}

/** Fits the job on the size. Fallbacks have as many GPUs with at least its memory, so what fits here fits there. */
function sizeOn(expanding: Expanding, job: Job, hardware: ChosenHardware, region: string): Sized {
  if (hardware.gpuMemoryGiB === undefined) return { failed: false, issues: [] };
  const fit = fitOn(expanding.release, job, { ...hardware, gpuMemoryGiB: hardware.gpuMemoryGiB });
  if (fit === undefined || !isMisfit(fit))
    return { ...(fit === undefined ? {} : { fit }), failed: fit === undefined, issues: [] };
  const text = misfitText(expanding, job, hardware, { misfit: fit, region });
  return expanding.options.bypassResourceChecks
    ? { failed: false, issues: [warning("resource.instanceType", "instance-type/too-small", text.short)] }
    : { failed: true, issues: [error("resource.instanceType", "instance-type/too-small", text.long)] };
}

function misfitText(
  expanding: Expanding,
  job: Job,
  hardware: ChosenHardware,
  found: { readonly misfit: Misfit; readonly region: string },
): { readonly short: string; readonly long: string } {
  const where = hardware.type?.name ?? `${hardware.gpuCount} GPUs of ${hardware.gpuMemoryGiB} GiB`;
  const short = `${where} is too small: ${job.model.name} needs ${found.misfit.neededGiB} of ${found.misfit.availableGiB} GiB per GPU`;
  const fits = offers(expanding.release, job, found.region).slice(0, 3);
  const list = fits.map(
    (offer) =>
      `${offer.nodeCount > 1 ? `${offer.nodeCount} × ` : ""}${offer.type.name} ($${offer.hourlyPriceUsd.toFixed(2)}/h)`,
  );
  const hint = list.length > 0 ? `; in ${found.region} it fits on ${list.join(", ")}` : "";
  return {
    short,
    long: `${where} is too small for ${job.model.name}: one GPU must hold ${found.misfit.neededGiB} GiB and offers ${found.misfit.availableGiB} GiB of its ${hardware.gpuMemoryGiB} GiB${hint}`,
  };
}

function noRuntime(expanding: Expanding, job: Job, hardware: ChosenHardware, region: string): Issue {
  const where = hardware.type?.name ?? "the stated GPU";
  const { computeCapability, gpuModel } = hardware;
  const gpu = computeCapability === undefined ? `GPU ${gpuModel}` : `compute capability ${computeCapability}`;
  const wish = expanding.options.runtime === undefined ? "" : `${expanding.options.runtime} `;
  const fits = offers(expanding.release, job, region)[0];
  const hint =
    fits === undefined
      ? ""
      : `; the cheapest size that fits is ${fits.type.name} ($${fits.hourlyPriceUsd.toFixed(2)}/h)`;
  return error(
    "resource.instanceType",
    "runtime/unsupported-gpu",
    `no ${wish}image of ${job.model.name} runs on ${where} (${gpu})${hint}`,
  );
}

function notTunable(expanding: Expanding, model: Model): Issue {
  const names = expanding.release.models.filter((other) => other.tuning !== undefined).map((other) => other.name);
  return error(
    "tuning.preset.name",
    "preset/not-tunable",
    `tuning.preset.name ${model.name} cannot be tuned; these can: ${names.join(", ")}`,
  );
}

function retiredImage(image: string, hardware: ChosenHardware): Issue {
  const capability = hardware.computeCapability ?? "unknown";
  return warning(
    "resource.instanceType",
    "runtime/retired",
    `GPUs of capability ${capability} get image ${image}: KAITO's last for them, of 2025-05`,
  );
}

function cutContext(model: Model, fit: Fit, hardware: ChosenHardware): readonly Issue[] {
  const { maxModelLen, kvCacheGiB, perGpuGiB } = fit.memory;
  if (maxModelLen >= model.contextTokens) return [];
  const where = hardware.type === undefined ? "resource" : "resource.instanceType";
  return [
    warning(
      where,
      "context/cut",
      `context cut to ${maxModelLen} of ${model.contextTokens} tokens: ${kvCacheGiB} of ${perGpuGiB} GiB are left for the KV cache`,
    ),
  ];
}

/** A fallback starts the same image as the first size. */
function unlikeImage(image: RuntimeImage, hardware: ChosenHardware): readonly Issue[] {
  const path = annotationPath("foresail.dev/fallback-instance-types");
  return hardware.fallbacks
    .filter(({ computeCapability = "0.0" }) => !supports(image.computeCapabilities, computeCapability))
    .map(({ name, computeCapability }) => {
      const reason = `image ${image.name} is not built for compute capability ${computeCapability}`;
      const text = `${path}: ${name} cannot stand in for ${hardware.type?.name}: ${reason}`;
      return error(path, "instance-type/fallback-unlike", text);
    });
}
