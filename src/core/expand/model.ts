import type { Model, RuntimeImage } from "../catalogue.ts";
import { tuningMethod } from "../checks/tuning.ts";
import type { Expanded, Expanding } from "../expand.ts";
import { error, type Issue, warning } from "../issue.ts";
import { type Fit, isMisfit } from "../memory/fit.ts";
import { tensorSizes } from "../memory/splits.ts";
import { accessIssues } from "./access.ts";
import { adapterNameIssues } from "./adapter-names.ts";
import { nodeShare } from "./allocatable.ts";
import { assemble } from "./assemble.ts";
import { boughtNodeIssues } from "./bought-node.ts";
import { chatIssues, podApi, serverPort } from "./chat.ts";
import { formerPreset } from "./former.ts";
import { type ChosenHardware, chooseHardware } from "./hardware.ts";
import { ignored } from "./ignored.ts";
import { keyGuardParts } from "./key-guard.ts";
import { loraIssues } from "./lora-support.ts";
import { cheapestOffer, misfitIssue, noImageIssue, notServed } from "./misfit.ts";
import { priceIssues } from "./price.ts";
import { groupIssues } from "./replicas.ts";
import { imageReference } from "./runtime.ts";
import type { ServerQuestion } from "./server.ts";
import { servingPod } from "./serving.ts";
import { fitOn, imageAnywhere, imageOn, type Job } from "./size.ts";
import { tuningPod } from "./tuning.ts";
import { unpackedIssues } from "./unpacked.ts";
import { weightsIssues } from "./weights-issues.ts";

/** Expands a Workspace with a preset: hardware, runtime image, memory, price, then the pod. */
export function expandModel(expanding: Expanding, model: Model): Expanded {
  const { chosen, issues } = decideModel(expanding, model);
  if (chosen === undefined) return { issues };
  const built = build(expanding, chosen);
  return { ...built, issues: [...issues, ...built.issues] };
}

export interface Decision {
  /** Absent when an issue is an error that leaves nothing to build. */
  readonly chosen?: Chosen;
  readonly issues: readonly Issue[];
}

/** All that is decided about a Workspace with a preset before its pod is built; `explain` reads the same decisions. */
export function decideModel(expanding: Expanding, model: Model): Decision {
  const { workspace, release, options } = expanding;
  if (workspace.tuning !== undefined && model.tuning === undefined) return { issues: [notTunable(expanding, model)] };
  const job = jobOf(expanding, model);
  const provision = options.provision ?? release.defaults.provision;
  const region = options.region ?? release.defaults.region;
  const { hardware, issues: found } = chooseHardware({ release, workspace, options, provision, region, job });
  if (hardware === undefined) {
    const unserved = [unservedIssue(expanding, job) ?? [], unadaptedIssues(expanding, job)].flat();
    return { issues: unserved.length === 0 ? found : [...found.filter(isStated), ...unserved] };
  }
  const image = imageOn(release, job, { ...hardware, gpuMemoryGiB: hardware.gpuMemoryGiB ?? 0 });
  if (image === undefined) {
    const none = unservedIssue(expanding, job) ?? noImageIssue(expanding, { job, hardware, region });
    return { issues: [...found, none, ...unadaptedIssues(expanding, job)] };
  }
  const sized = sizeOn(expanding, job, hardware, region);
  const nodeCount = sized.fit?.nodeCount ?? 1;
  const issues = [
    ...found,
    ...sized.issues,
    ...priceIssues(expanding, hardware, { provision, region, nodeCount, runtime: image.runtime }),
    ...groupIssues(expanding, nodeCount, () => (provision ? cheapestOffer(expanding, job, region) : undefined)),
    ...chatIssues(expanding, image),
    ...accessIssues(expanding, image),
    ...loraIssues(release, model, image, job.adapters),
    ...adapterNameIssues(workspace, model, image),
    ...unpackedIssues(release, model, image, hardware),
    ...weightsIssues(expanding, { model, image, nodeCount, provision }),
    ...ignored(expanding, { model, runtime: image.runtime, nodeCount, provision }),
    ...(image.retired === undefined ? [] : [retiredImage(image.name, hardware)]),
    ...cutContext(job, sized.fit, hardware),
  ];
  if (sized.failed) return { issues };
  return { chosen: { job, hardware, image, provision, region, ...sized }, issues };
}

/** Why no image runs the job, where it is not for the hardware. */
function unservedIssue({ release, workspace }: Expanding, job: Job): Issue | undefined {
  const former = formerPreset(release, workspace, job.model.name);
  if (former !== undefined || job.runtime === undefined || imageAnywhere(release, job) !== undefined) return former;
  return notServed(job.model, job.runtime);
}

/** Adapters that no server takes, where no image was found that could say so. */
function unadaptedIssues({ release }: Expanding, job: Job): readonly Issue[] {
  const image = imageAnywhere(release, job);
  return image === undefined ? [] : loraIssues(release, job.model, image, job.adapters);
}

/** Whether an issue is about something stated, and no consequence of there being no image. */
function isStated({ code }: Issue): boolean {
  return code !== "instance-type/none-fits";
}

/** What a Workspace asks to be run. */
export function jobOf({ workspace, options }: Expanding, model: Model): Job {
  const method = workspace.tuning === undefined ? undefined : tuningMethod(workspace.tuning.method);
  return {
    model,
    adapters: (workspace.inference?.adapters ?? []).length,
    ...(options.runtime === undefined ? {} : { runtime: options.runtime }),
    ...(options.performanceMode === undefined ? {} : { performanceMode: options.performanceMode }),
    ...(method === undefined ? {} : { tuningMethod: method }),
  };
}

export interface Chosen {
  readonly job: Job;
  readonly hardware: ChosenHardware;
  readonly image: RuntimeImage;
  readonly provision: boolean;
  readonly region: string;
  readonly fit?: Fit;
}

/** What the builders of an inference pod are asked, but for where the weights lie. */
export function serverQuestion(expanding: Expanding, chosen: Chosen): Omit<ServerQuestion, "weights"> {
  const { workspace, release, options } = expanding;
  const { hardware, image, job } = chosen;
  const { model } = job;
  return {
    release,
    workspace,
    model,
    image,
    imageReference: imageReference(release, image, model),
    hardware,
    requests: nodeShare(hardware, model.weightsGiB),
    options,
    inference: workspace.inference ?? {},
    port: serverPort(options, image),
    ...(chosen.fit ?? unsized(model, hardware, image.runtime)),
  };
}

/** The expansion of what was chosen. */
function build(expanding: Expanding, chosen: Chosen): Expanded {
  const { workspace, options } = expanding;
  const { hardware, image, job, provision, region } = chosen;
  const { model } = job;
  const question = serverQuestion(expanding, chosen);
  const preset = {
    image: question.imageReference,
    license: model.license,
    model: model.model,
    name: model.name,
    revision: model.revision,
    runtime: image.runtime,
  };
  const decided = { expanding, hardware, provision, region, preset, api: podApi(options, image) };
  const { tuning } = workspace;
  if (tuning !== undefined) {
    const pod = tuningPod({ ...question, tuning, method: job.tuningMethod ?? "" });
    return { expansion: assemble({ ...decided, ...pod, nodeCount: 1 }), issues: [] };
  }
  const pod = servingPod(question);
  const issues = [...pod.issues, ...boughtNodeIssues(workspace.inference?.template ?? {}, hardware, provision)];
  if (pod.podTemplate === undefined) return { issues };
  const { podTemplate, storageGiB, rollout } = pod;
  const { files } = keyGuardParts(options, workspace.metadata.name ?? "");
  const { nodeCount, parallelism, memory } = question;
  const sized = { nodeCount, parallelism, ...(memory === undefined ? {} : { memory }) };
  const expansion = assemble({ ...decided, ...sized, podTemplate, files, storageGiB, rollout });
  return { expansion, issues };
}

/** A pod when nothing was sized: as many GPUs of one node as can share the layers do, the rest hold copies. */
function unsized(model: Model, hardware: ChosenHardware, runtime: string): Pick<Fit, "nodeCount" | "parallelism"> {
  if (runtime !== "vllm") return { nodeCount: 1, parallelism: { data: 1, pipeline: 1, tensor: 1 } };
  const tensor = Math.max(...tensorSizes(model, hardware.gpuCount));
  return { nodeCount: 1, parallelism: { data: hardware.gpuCount / tensor, pipeline: 1, tensor } };
}

interface Sized {
  readonly fit?: Fit;
  readonly failed: boolean;
  readonly issues: readonly Issue[];
}

/** Fits the job on the size; what fits there fits on its fallbacks (see `chooseFallbacks`). */
function sizeOn(expanding: Expanding, job: Job, hardware: ChosenHardware, region: string): Sized {
  if (hardware.gpuMemoryGiB === undefined) return { failed: false, issues: [] };
  const fit = fitOn(expanding.release, job, { ...hardware, gpuMemoryGiB: hardware.gpuMemoryGiB });
  if (fit === undefined || !isMisfit(fit))
    return { ...(fit === undefined ? {} : { fit }), failed: fit === undefined, issues: [] };
  const issue = misfitIssue(expanding, { job, hardware, region }, fit);
  return { failed: issue.level === "error", issues: [issue] };
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

function cutContext({ model, tuningMethod }: Job, fit: Fit | undefined, hardware: ChosenHardware): readonly Issue[] {
  if (fit === undefined || tuningMethod !== undefined) return [];
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
