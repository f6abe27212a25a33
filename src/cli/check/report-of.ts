import { isDeepStrictEqual } from "node:util";
import { nameOf } from "../../core/capacity/fields.ts";
import type { Catalogue } from "../../core/catalogue.ts";
import type { Budget } from "../../core/cost/budget.ts";
import { priceOfRun, type RunPrice } from "../../core/cost/cost.ts";
import { defined } from "../../core/defined.ts";
import type { Issue } from "../../core/issue.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { isWorkspace } from "../../core/kinds/is-workspace.ts";
import type { Workspace } from "../../core/kinds/workspace.ts";
import { repositoryChecks } from "../../core/lint/list.ts";
import type { CloudQuotas, Seen } from "../../core/lint/repository.ts";
import { type AnnotatedWaiver, type Decisions, settled } from "../../core/lint/settle.ts";
import { waiversOf } from "../../core/lint/waivers.ts";
import type { PolicyIssue } from "../../core/policy/issues.ts";
import { fingerprint } from "../../core/report/fingerprint.ts";
import { byPlace, ordered } from "../../core/report/order.ts";
import type { CheckedWorkspace, Finding, Report, Subject } from "../../core/report/report.ts";
import { summarised } from "../../core/report/summarised.ts";
import { type Run, runOfTemplate, runOfWorkspace, subjectOf } from "../../core/runs/run.ts";
import { namedConfig } from "../config-maps.ts";
import type { Located, Manifest } from "../input/manifest.ts";
import { presetIssues, presetTemplate } from "../pod-templates.ts";
import { asStored } from "../stored.ts";
import { checkedWorkspace } from "./checked-workspace.ts";

export interface CheckOptions {
  /** Of objects that state none. */
  readonly namespace: string;
  readonly catalogue: Catalogue;
  readonly toolVersion: string;
  readonly decisions: Decisions;
  readonly budget?: Budget;
  readonly cloudQuotas?: CloudQuotas;
  /** What is to be said of objects against a base. */
  readonly changes?: readonly { readonly subject: Subject; readonly issue: Issue }[];
  /** What policies say of a Workspace as it would be stored; absent: there are none. */
  readonly policies?: (workspace: Workspace, namespaceObject: JsonObject, manifest: Manifest) => readonly PolicyIssue[];
}

/** What one object gives. */
interface Checked {
  readonly seen: Seen;
  readonly findings: readonly Finding[];
  readonly workspaces: readonly CheckedWorkspace[];
  /** Of pods that ask for a preset; empty for one that is refused. */
  readonly templates: readonly Partial<RunPrice>[];
}

/** Everything there is to say of these objects; those that are not ours say nothing by themselves. */
export function reportOf(manifests: readonly Manifest[], options: CheckOptions): Report {
  const checked = manifests.map((manifest) =>
    isWorkspace(manifest.object) ? ofWorkspace(manifest, manifests, options) : ofTemplate(manifest, options),
  );
  const found = [
    ...checked.flatMap((one) => one.findings),
    ...ofRepository(manifests, checked, options),
    ...manifests.flatMap((manifest) => ofChanges(manifest, options)),
  ];
  const findings = ordered(settled(found, manifests.flatMap(annotatedBy(options)), options.decisions));
  const workspaces = checked.flatMap((one) => one.workspaces).toSorted((a, b) => byPlace(a.place, b.place));
  const templates = checked.flatMap((one) => one.templates);
  return {
    schemaVersion: 1,
    tool: { name: "foresail", version: options.toolVersion },
    catalogue: { id: options.catalogue.current.id, ...defined({ pricesAsOf: pricesAsOf(options.catalogue) }) },
    workspaces,
    findings,
    summary: summarised(workspaces, templates, findings),
  };
}

/** A field that does not exist is an error here: kubectl refuses it, and what does not refuse it drops it silently. */
function ofWorkspace(manifest: Manifest, all: readonly Manifest[], options: CheckOptions): Checked {
  const { namespace, catalogue } = options;
  const { workspace, issues } = asStored(manifest.object, namespace, catalogue);
  const subject = subjectOf(manifest.object, namespace);
  const strict = issues.map(
    (issue): Issue => (issue.code === "schema/unknown-field" ? { ...issue, level: "error" } : issue),
  );
  const config = workspace === undefined ? [] : namedConfig(workspace, all, namespace, catalogue).findings;
  const denied =
    workspace === undefined || options.policies === undefined
      ? []
      : options.policies(workspace, namespaceObject(subject.namespace, manifest, all), manifest);
  const run = workspace && runOfWorkspace(workspace);
  return {
    seen: seenOf(manifest, options, { workspace, run }),
    findings: [
      ...strict.map((issue) => finding(issue, subject, manifest)),
      ...config.map((one) => finding(one.issue, subject, one.manifest)),
      ...denied.map((issue) => ({ ...finding(issue, subject, manifest), policy: issue.policy })),
    ],
    workspaces: [checkedWorkspace(subject, manifest.placeOf(""), run, catalogue)],
    templates: [],
  };
}

/** The Namespace of the files, of what is applied together first; of others no more is known than the name. */
function namespaceObject(name: string, { shown }: Manifest, all: readonly Manifest[]): JsonObject {
  const named = all.filter(({ object }) => object["kind"] === "Namespace" && nameOf(object) === name);
  const found = named.find((one) => one.shown === shown) ?? named[0];
  const labels = { "kubernetes.io/metadata.name": name };
  const bare = { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
  if (found === undefined) return bare;
  const metadata = isObject(found.object["metadata"]) ? found.object["metadata"] : {};
  const own = isObject(metadata["labels"]) ? metadata["labels"] : {};
  return { ...found.object, metadata: { ...metadata, labels: { ...own, ...labels } } };
}

function ofTemplate(manifest: Manifest, options: CheckOptions): Checked {
  const { namespace, catalogue } = options;
  const issues = presetIssues(manifest.object, namespace, catalogue);
  const subject = subjectOf(manifest.object, namespace);
  const run = templateRun(manifest, options);
  return {
    seen: seenOf(manifest, options, { run }),
    findings: (issues ?? []).map((issue) => finding(issue, subject, manifest)),
    workspaces: [],
    templates: issues === undefined ? [] : [run === undefined ? {} : priceOfRun(run, catalogue)],
  };
}

function ofRepository(
  manifests: readonly Manifest[],
  checked: readonly Checked[],
  { catalogue, budget, cloudQuotas, namespace }: CheckOptions,
): readonly Finding[] {
  const all = checked.map(({ seen }) => seen);
  const manifestOf = new Map(manifests.map((manifest, i) => [all[i], manifest]));
  return repositoryChecks.flatMap((check) =>
    check(all, { catalogue, ...defined({ budget, cloudQuotas }) }).flatMap(({ seen, inVia, issue }) => {
      const manifest = manifestOf.get(seen);
      if (manifest === undefined) return [];
      const subject = subjectOf(manifest.object, namespace);
      const located = inVia === true ? manifest.via : manifest;
      return located === undefined ? [] : [finding(issue, subject, located)];
    }),
  );
}

function ofChanges(manifest: Manifest, { changes = [], namespace }: CheckOptions): readonly Finding[] {
  if (changes.length === 0) return [];
  const subject = subjectOf(manifest.object, namespace);
  return changes
    .filter(({ subject: one }) => isDeepStrictEqual(one, subject))
    .map(({ issue }) => finding(issue, subject, manifest));
}

function templateRun({ object }: Manifest, { namespace, catalogue }: CheckOptions): Run | undefined {
  const template = presetTemplate(object);
  return template === undefined ? undefined : runOfTemplate(object, template.pod, namespace, catalogue);
}

type MakesRun = { readonly [member in "workspace" | "run"]?: Seen[member] | undefined };

function seenOf(manifest: Manifest, { namespace }: CheckOptions, { workspace, run }: MakesRun): Seen {
  const subject = subjectOf(manifest.object, namespace);
  const via = manifest.via?.object;
  return {
    object: manifest.object,
    namespace: subject.namespace,
    group: manifest.group,
    ...defined({ workspace, run, via }),
  };
}

function annotatedBy({ namespace }: CheckOptions): (manifest: Manifest) => readonly AnnotatedWaiver[] {
  return (manifest) =>
    waiversOf(manifest.object).map((waiver) => ({
      waiver,
      subject: subjectOf(manifest.object, namespace),
      place: manifest.placeOf(waiver.where),
    }));
}

function finding(issue: Issue, subject: Subject, located: Located & Partial<Pick<Manifest, "edits">>): Finding {
  const { path, code, message, level, fix } = issue;
  const edits = fix === undefined ? undefined : located.edits?.(fix.patch);
  const mended = fix === undefined || edits === undefined ? undefined : { describes: fix.describes, edits };
  const print = fingerprint(code, subject, path);
  const place = located.placeOf(path);
  return { path, code, message, level, subject, place, fingerprint: print, ...defined({ fix: mended }) };
}

/** The oldest day of the prices of the catalogue's own cloud; undefined where it has none. */
function pricesAsOf({ current }: Catalogue): string | undefined {
  const own = current.prices.filter(({ cloud }) => cloud === current.defaults.cloud);
  return own.map(({ date }) => date).toSorted()[0];
}
