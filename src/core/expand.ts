import { type Catalogue, findModel, findRelease, type Model, type Release } from "./catalogue.ts";
import { checkWorkspace } from "./checks/list.ts";
import { formerPreset, presetPath } from "./expand/former.ts";
import { furtherErrors } from "./expand/further.ts";
import { mirrorIssues } from "./expand/mirror-issues.ts";
import { expandModel } from "./expand/model.ts";
import { expandTemplate } from "./expand/own-template.ts";
import { error, errors, type Issue, mendedBy } from "./issue.ts";
import type { Expansion, Workspace } from "./kinds/workspace.ts";
import { isRepository } from "./names.ts";
import { nearest, surelyMeant } from "./nearest.ts";
import { annotationPath, type Options, readOptions } from "./options.ts";
import { shown } from "./schema.ts";

export interface Expanded {
  /** Present exactly when no issue is an error. */
  readonly expansion?: Expansion;
  readonly issues: readonly Issue[];
}

/** What the steps of an expansion share. */
export interface Expanding {
  readonly workspace: Workspace;
  readonly release: Release;
  readonly options: Options;
}

/**
 * Expands a Workspace as admission sees it (defaults applied, name and namespace set) with a catalogue. Pure: the same
 * two arguments give the same bytes in every process. Errors and warnings are listed, never thrown.
 */
export function expand(workspace: Workspace, catalogue: Catalogue): Expanded {
  const { options, release, model, issues: stated } = statedIssues(workspace, catalogue);
  if (release === undefined) return { issues: stated };
  const expanding = { workspace, release, options };
  const wrong = errors(stated);
  if (wrong.length > 0) return { issues: [...stated, ...furtherErrors(expanding, model, wrong)] };
  const result = model === undefined ? expandTemplate(expanding) : expandModel(expanding, model);
  const runtime = result.expansion?.preset?.runtime;
  const uncovered = model === undefined ? [] : mirrorIssues(expanding, model, runtime);
  const issues = [...stated, ...result.issues, ...uncovered];
  return errors(issues).length > 0 || result.expansion === undefined
    ? { issues }
    : { expansion: result.expansion, issues };
}

export interface Stated {
  readonly options: Options;
  /** Absent: it is pinned and not carried. */
  readonly release?: Release;
  /** Of the preset; absent: none is stated, or it is unknown. */
  readonly model?: Model;
  readonly issues: readonly Issue[];
}

/** What is said of the statements of a Workspace, before any hardware is looked at. */
export function statedIssues(workspace: Workspace, catalogue: Catalogue): Stated {
  const { options, issues: wrongOptions } = readOptions(workspace);
  const release = options.catalog === undefined ? catalogue.current : findRelease(catalogue, options.catalog);
  const provision = options.provision ?? (release ?? catalogue.current).defaults.provision;
  const issues = [...checkWorkspace(workspace, { provision }), ...wrongOptions];
  if (release === undefined) {
    return { options, issues: [...issues, unknownRelease(catalogue, options.catalog ?? "")] };
  }
  const preset = workspace.inference?.preset ?? workspace.tuning?.preset;
  const model = preset === undefined ? undefined : findModel(release, preset.name);
  if (preset === undefined || model !== undefined) {
    return { options, release, issues, ...(model === undefined ? {} : { model }) };
  }
  return { options, release, issues: [...issues, unknownPreset(release, workspace, preset.name)] };
}

function unknownRelease(catalogue: Catalogue, given: string): Issue {
  const path = annotationPath("foresail.dev/catalog");
  const known = catalogue.releases.map((release) => release.id).join(", ");
  return error(path, "catalog/unknown", `${path} ${shown(given)} is not carried by this version; it carries ${known}`);
}

function unknownPreset(release: Release, workspace: Workspace, given: string): Issue {
  const former = formerPreset(release, workspace, given);
  if (former !== undefined) return former;
  const path = presetPath(workspace);
  // What KAITO has dropped is nobody's next model.
  const living = release.models.filter(({ name }) => !release.formerModels.some((former) => former.name === name));
  const names = living.flatMap((model) => [model.name, model.model, ...model.aliases]);
  const near = nearest(given, names).join(", ");
  const issue = error(
    path,
    "preset/unknown",
    `${path} ${shown(given)} is not in catalogue ${release.id}: ${unknownHint(release, given, near)}`,
  );
  const meant = surelyMeant(given, names);
  return meant === undefined ? issue : mendedBy(issue, meant);
}

function unknownHint(release: Release, given: string, near: string): string {
  const nearestAre = near === "" ? "" : `nearest are ${near}`;
  if (isRepository(given)) {
    const add = `to add it: foresail preset add ${given} --online (or --config config.json)`;
    return nearestAre === "" ? add : `${nearestAre}; ${add}`;
  }
  return nearestAre === "" ? `it has ${release.models.map((model) => model.name).join(", ")}` : nearestAre;
}
