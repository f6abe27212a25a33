import { type Catalogue, findModel, findRelease, type Model, type Release } from "../catalogue.ts";
import { settingsOf } from "../expand/fit.ts";
import { type Chosen, decideModel, serverQuestion } from "../expand/model.ts";
import type { ServerQuestion } from "../expand/server.ts";
import { withWeights } from "../expand/serving.ts";
import { type Expanded, type Expanding, expand } from "../expand.ts";
import type { Expansion, Workspace } from "../kinds/workspace.ts";
import type { MemorySettings } from "../memory/settings.ts";
import { readOptions } from "../options.ts";

/** The decisions behind an expansion, made once more by the functions that made it. */
export interface Decided {
  readonly expanding: Expanding;
  /** What these decisions come to, and why not. */
  readonly expanded: Expanded;
  /** Absent for a template of the user's own, and for a preset nobody knows. */
  readonly model?: Model;
  /** Absent where the Workspace is refused before its hardware is known. */
  readonly chosen?: Chosen;
  /** Absent for a training run. */
  readonly server?: ServerQuestion;
  readonly settings?: MemorySettings;
}

/**
 * Decides again with the release an expansion is from.
 * @param stored what the cluster holds; absent: the Workspace is expanded as a create would be
 */
export function decide(workspace: Workspace, catalogue: Catalogue, stored?: Expansion): Decided {
  const { options } = readOptions(workspace);
  const release = releaseOf(catalogue, stored?.catalog ?? options.catalog);
  const expanded = expand(workspace, { ...catalogue, current: release });
  const expanding = { workspace, release, options };
  const preset = workspace.inference?.preset ?? workspace.tuning?.preset;
  const model = preset === undefined ? undefined : findModel(release, preset.name);
  if (model === undefined) return { expanding, expanded };
  // What is refused may have parts that the decisions are not made for.
  const { chosen } = expanded.expansion === undefined ? {} : decideModel(expanding, model);
  if (chosen === undefined || workspace.tuning !== undefined) {
    return { expanding, expanded, model, ...(chosen === undefined ? {} : { chosen }) };
  }
  const { job, image, hardware } = chosen;
  const settings = settingsOf(release, { ...job, image }, hardware.gpuModel);
  return { expanding, expanded, model, chosen, server: withWeights(serverQuestion(expanding, chosen)), settings };
}

/** The release of that id. For one that this version does not carry, and none, the current one is the nearest there is. */
export function releaseOf(catalogue: Catalogue, id: string | undefined): Release {
  return (id === undefined ? undefined : findRelease(catalogue, id)) ?? catalogue.current;
}
