import { objectAt, textAt } from "../capacity/fields.ts";
import { type Issue, warning } from "../issue.ts";
import type { JsonObject } from "../json.ts";
import { isWorkspace } from "../kinds/is-workspace.ts";
import type { RepositoryCheck, Told } from "./repository.ts";

const FLUX_FORCE = "kustomize.toolkit.fluxcd.io/force";
const ARGO_OPTIONS = "argocd.argoproj.io/sync-options";
const WHY = "a Workspace the API server finds invalid is deleted and its model with it; leave it out";

/** Engines that answer a 422 of the API server by deleting the live object. */
export const forced: RepositoryCheck = (all) =>
  all
    .filter(({ object }) => isWorkspace(object))
    .flatMap((seen): readonly Told[] => [
      ...byAnnotation(seen.object).map((issue) => ({ seen, issue })),
      ...(seen.via === undefined ? [] : byEngine(seen.via).map((issue) => ({ seen, inVia: true, issue }))),
    ]);

function byAnnotation(object: JsonObject): readonly Issue[] {
  const annotations = objectAt(object, "metadata", "annotations");
  const flux = textAt(annotations, FLUX_FORCE) ?? "";
  const argo = textAt(annotations, ARGO_OPTIONS) ?? "";
  return [
    ...(flux.toLowerCase() === "enabled" ? [forcedIssue(`metadata.annotations[${FLUX_FORCE}]`)] : []),
    ...(isForced(argo.split(",")) ? [forcedIssue(`metadata.annotations[${ARGO_OPTIONS}]`)] : []),
  ];
}

function byEngine(via: JsonObject): readonly Issue[] {
  const spec = objectAt(via, "spec");
  const options = objectAt(spec, "syncPolicy")["syncOptions"];
  return [
    ...(via["kind"] === "Kustomization" && spec["force"] === true ? [forcedIssue("spec.force")] : []),
    ...(Array.isArray(options) && isForced(options.map(String)) ? [forcedIssue("spec.syncPolicy.syncOptions")] : []),
  ];
}

function isForced(options: readonly string[]): boolean {
  return options.some((option) => option.trim().toLowerCase() === "force=true");
}

function forcedIssue(path: string): Issue {
  return warning(path, "gitops/force-enabled", `${path}: ${WHY}`);
}
