import { error, type Issue, warning } from "../issue.ts";
import type { Workspace } from "../kinds/workspace.ts";
import type { Check } from "./check.ts";
import { checkInference } from "./inference.ts";
import { checkName } from "./name.ts";
import { checkSelector } from "./selector.ts";
import { checkTuning } from "./tuning.ts";

const checkOneUse: Check = (workspace) => {
  if ((workspace.inference === undefined) !== (workspace.tuning === undefined)) return [];
  const given = workspace.inference === undefined ? "neither" : "both";
  return [
    error("inference", "workspace/one-of", `a Workspace needs exactly one of inference and tuning, given ${given}`),
  ];
};

const checkPartition: Check = (workspace) =>
  workspace.resource?.partition === undefined
    ? []
    : [
        error(
          "resource.partition",
          "resource/partition",
          "resource.partition is not supported by this version: remove it and ask for whole GPUs",
        ),
      ];

const checkIgnored: Check = (workspace) => {
  const preset = workspace.inference?.preset ?? workspace.tuning?.preset;
  const ignored = (path: string): Issue => warning(path, "field/ignored", `${path} is ignored, as in KAITO v0.12`);
  return [
    ...((workspace.resource?.preferredNodes ?? []).length > 0 ? [ignored("resource.preferredNodes")] : []),
    ...(preset?.accessMode === "private" ? [ignored("preset.accessMode")] : []),
    ...(preset?.presetOptions?.image !== undefined ? [ignored("preset.presetOptions.image")] : []),
  ];
};

/** Every rule on a Workspace by itself, in the order the issues are shown. */
const checks: readonly Check[] = [
  checkName, // children can carry its name
  checkSelector, // nodes can carry its labels
  checkOneUse, // it either serves or tunes
  checkPartition, // it asks for whole GPUs
  checkInference, // what it serves is stated once and can be loaded
  checkTuning, // what it trains on and where the result goes is stated once
  checkIgnored, // it is told what has no effect
];

export function checkWorkspace(workspace: Workspace): readonly Issue[] {
  return checks.flatMap((check) => check(workspace));
}
