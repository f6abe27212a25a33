import { error, type Issue, warning } from "../issue.ts";
import type { Workspace } from "../kinds/workspace.ts";
import { annotationPath } from "../options.ts";
import type { Check, CheckContext } from "./check.ts";
import { checkInference } from "./inference.ts";
import { checkName } from "./name.ts";
import { checkPartition } from "./partition.ts";
import { checkSelector } from "./selector.ts";
import { checkStreaming } from "./streaming.ts";
import { checkTuning } from "./tuning.ts";

const checkOneUse: Check = (workspace) => {
  if ((workspace.inference === undefined) !== (workspace.tuning === undefined)) return [];
  const given = workspace.inference === undefined ? "neither" : "both";
  return [
    error("inference", "workspace/one-of", `a Workspace needs exactly one of inference and tuning, given ${given}`),
  ];
};

// As many as foresail.dev/replicas may ask for.
const MOST_NODES = 10_000;

const checkCount: Check = (workspace) => {
  const count = workspace.resource?.count;
  if (count === undefined || (count >= 1 && count <= MOST_NODES)) return [];
  const pause = count === 0 ? `; to give the GPUs back set metadata.annotations[foresail.dev/replicas]: "0"` : "";
  return [
    error("resource.count", "resource/count", `resource.count must be from 1 to ${MOST_NODES}, given ${count}${pause}`),
  ];
};

const checkTtl: Check = (workspace) => {
  if (workspace.tuning !== undefined || workspace.metadata.annotations?.["foresail.dev/ttl"] === undefined) return [];
  return [
    warning(annotationPath("foresail.dev/ttl"), "ttl/ignored", "foresail.dev/ttl has no effect: only a training ends"),
  ];
};

const checkIgnored: Check = (workspace) => {
  const use = workspace.inference === undefined ? "tuning" : "inference";
  const preset = workspace[use]?.preset;
  const ignored = (path: string): Issue => warning(path, "field/ignored", `${path} is ignored, as in KAITO v0.12`);
  return [
    ...((workspace.resource?.preferredNodes ?? []).length > 0 ? [ignored("resource.preferredNodes")] : []),
    ...(preset?.accessMode === "private" ? [ignored(`${use}.preset.accessMode`)] : []),
    ...((preset?.presetOptions?.imagePullSecrets ?? []).length > 0
      ? [ignored(`${use}.preset.presetOptions.imagePullSecrets`)]
      : []),
    ...(preset?.presetOptions?.image !== undefined ? [ignored(`${use}.preset.presetOptions.image`)] : []),
  ];
};

/** Every rule on a Workspace by itself, in the order the issues are shown. */
const checks: readonly Check[] = [
  checkName, // children can carry its name
  checkSelector, // nodes can carry its labels
  checkOneUse, // it either serves or tunes
  checkCount, // it asks for nodes that can exist
  checkPartition, // the part of a node it asks for is one that can be had
  checkInference, // what it serves is stated once and can be loaded
  checkTuning, // what it trains on and where the result goes is stated once
  checkStreaming, // its weights are loaded as it asks
  checkTtl, // it ends if that is asked for
  checkIgnored, // it is told what has no effect
];

export function checkWorkspace(workspace: Workspace, context: CheckContext): readonly Issue[] {
  return checks.flatMap((check) => check(workspace, context));
}
