import type { Catalogue } from "../core/catalogue.ts";
import { errors, type Issue } from "../core/issue.ts";
import type { JsonObject } from "../core/json.ts";
import { isWorkspace } from "../core/kinds/is-workspace.ts";
import { printable } from "../core/report/printable.ts";
import type { Subject } from "../core/report/report.ts";
import { shownSubject } from "../core/report/shown.ts";
import { type Run, runOfTemplate, runOfWorkspace, subjectOf } from "../core/runs/run.ts";
import { finding } from "./finding.ts";
import type { Manifest } from "./input/manifest.ts";
import { presetIssues, presetTemplate } from "./pod-templates.ts";
import { asStored } from "./stored.ts";

/** A manifest that makes models run, and what admission makes of it. */
export interface AdmittedManifest {
  readonly manifest: Manifest;
  readonly subject: Subject;
  /** Absent where it is refused. */
  readonly run?: Run;
  readonly issues: readonly Issue[];
}

/**
 * The Workspaces, and the objects whose pods ask for a preset, of these manifests.
 * @param namespace of manifests that state none
 */
export function admittedOf(
  manifests: readonly Manifest[],
  namespace: string,
  catalogue: Catalogue,
): readonly AdmittedManifest[] {
  return manifests.flatMap((manifest) => {
    if (isWorkspace(manifest.object)) return [admittedWorkspace(manifest, namespace, catalogue)];
    const template = presetTemplate(manifest.object);
    return template === undefined ? [] : [admittedTemplate(manifest, template, namespace, catalogue)];
  });
}

/** What was found as lines for people; a name that comes more than once is told once. */
export function admissionLines(admitted: readonly AdmittedManifest[]): readonly string[] {
  const told = admitted.flatMap(({ manifest, issues }) => issues.map((issue) => finding(manifest, issue)));
  const seen = new Set<string>();
  const again = admitted.flatMap(({ manifest, subject }) => {
    const key = shownSubject(subject);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew ? [] : [`${printable(manifest.shown)}: ${key} is in an earlier manifest, too: both count`];
  });
  return [...told, ...again];
}

function admittedWorkspace(manifest: Manifest, namespace: string, catalogue: Catalogue): AdmittedManifest {
  const { workspace, issues } = asStored(manifest.object, namespace, catalogue);
  const run = workspace === undefined || errors(issues).length > 0 ? undefined : runOfWorkspace(workspace);
  const subject = subjectOf(manifest.object, namespace);
  return { manifest, subject, issues, ...(run === undefined ? {} : { run }) };
}

function admittedTemplate(
  manifest: Manifest,
  { pod }: { readonly pod: JsonObject },
  namespace: string,
  catalogue: Catalogue,
): AdmittedManifest {
  const { object } = manifest;
  const subject = subjectOf(object, namespace);
  const issues = presetIssues(object, namespace, catalogue) ?? [];
  const run = errors(issues).length > 0 ? undefined : runOfTemplate(object, pod, namespace, catalogue);
  return { manifest, subject, issues, ...(run === undefined ? {} : { run }) };
}
