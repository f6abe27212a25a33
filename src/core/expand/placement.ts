import type { Release } from "../catalogue.ts";
import { isMisfit } from "../memory/fit.ts";
import type { Options } from "../options.ts";
import type { ChosenHardware, HardwareChoice, HardwareQuestion } from "./hardware.ts";
import { fitOn, type Job, type JobHardware } from "./size.ts";

export type Placement = "dedicated" | "shared";

interface Placing {
  readonly options: Pick<Options, "placement">;
  readonly release: Release;
}

// As for a size that is chosen: a number of GPUs that is chosen must leave room for real prompts.
const ROOMY_CONTEXT_TOKENS = 8192;

/** Whether nodes may serve others too. gpu-provisioner makes each node for one Workspace, by KAITO's labels. */
export function placementOf({ options, release }: Placing): Placement {
  if (release.defaults.provider === "gpu-provisioner") return "dedicated";
  return options.placement ?? release.defaults.placement;
}

/** Of a node that is shared the GPUs the job needs; how many a user asks for in `resource.partition` is theirs to say. */
export function neededOnly(question: HardwareQuestion, choice: HardwareChoice): HardwareChoice {
  const { job, release, workspace } = question;
  const { hardware, issues } = choice;
  if (job === undefined || hardware === undefined || placementOf(question) === "dedicated") return choice;
  if (workspace.resource?.partition?.count !== undefined) return choice;
  return { hardware: { ...hardware, ...shareOf(release, job, hardware) }, issues };
}

/** The part of a node that one pod takes. */
export type Share = Pick<ChosenHardware, "gpuCount" | "partOfNode" | "podsPerNode">;

/** What a job takes of a shared node: everything where nothing is known of its GPUs or it needs them all. */
export function shareOf(
  release: Release,
  job: Job,
  hardware: Partial<JobHardware> & { readonly gpuCount: number },
): Share {
  const { gpuCount, gpuMemoryGiB } = hardware;
  const least =
    gpuMemoryGiB === undefined ? undefined : leastGpus(release, job, { ...hardware, gpuCount, gpuMemoryGiB });
  if (least === undefined || least === gpuCount) return { gpuCount };
  return { gpuCount: least, partOfNode: least / gpuCount, podsPerNode: Math.floor(gpuCount / least) };
}

/**
 * The fewest GPUs of one node that hold one copy of the model with room for real prompts; where no number of them does,
 * those that give the longest context. Undefined: one copy takes several nodes, or does not fit.
 */
function leastGpus(release: Release, job: Job, hardware: JobHardware): number | undefined {
  const enough = Math.min(ROOMY_CONTEXT_TOKENS, job.model.contextTokens);
  let longest: { readonly gpus: number; readonly tokens: number } | undefined;
  for (let gpus = 1; gpus <= hardware.gpuCount; gpus++) {
    // Whole shares, as for tensor parallelism: what is left of a node is of use to the next.
    if (hardware.gpuCount % gpus !== 0) continue;
    const fit = fitOn(release, job, { ...hardware, gpuCount: gpus });
    if (fit === undefined || isMisfit(fit) || fit.nodeCount > 1 || fit.parallelism.data > 1) continue;
    const tokens = job.tuningMethod === undefined ? fit.memory.maxModelLen : enough;
    if (tokens >= enough) return gpus;
    if (longest === undefined || tokens > longest.tokens) longest = { gpus, tokens };
  }
  return longest?.gpus;
}
