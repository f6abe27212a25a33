import type { Catalogue } from "../../core/catalogue.ts";
import { defined } from "../../core/defined.ts";
import type { Issue } from "../../core/issue.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { fingerprint } from "../../core/report/fingerprint.ts";
import { byPlace, ordered } from "../../core/report/order.ts";
import type { CheckedWorkspace, Finding, Report, Subject } from "../../core/report/report.ts";
import { summarised } from "../../core/report/summarised.ts";
import { namedConfig } from "../config-maps.ts";
import type { Manifest } from "../input/manifest.ts";
import { presetIssues } from "../pod-templates.ts";
import { asStored, isWorkspace } from "../stored.ts";
import { checkedWorkspace } from "./checked-workspace.ts";

export interface CheckOptions {
  /** Of objects that state none. */
  readonly namespace: string;
  readonly catalogue: Catalogue;
  readonly toolVersion: string;
}

/** What one object gives. */
interface Checked {
  readonly findings: readonly Finding[];
  readonly workspaces: readonly CheckedWorkspace[];
  readonly presetTemplates: number;
}

/** Everything there is to say of these objects; those that are not ours say nothing. */
export function reportOf(manifests: readonly Manifest[], options: CheckOptions): Report {
  const checked = manifests.map((manifest) =>
    isWorkspace(manifest.object) ? ofWorkspace(manifest, manifests, options) : ofTemplate(manifest, options),
  );
  const findings = ordered(checked.flatMap((one) => one.findings));
  const workspaces = checked.flatMap((one) => one.workspaces).toSorted((a, b) => byPlace(a.place, b.place));
  const presetTemplates = checked.reduce((sum, one) => sum + one.presetTemplates, 0);
  return {
    schemaVersion: 1,
    tool: { name: "foresail", version: options.toolVersion },
    catalogue: { id: options.catalogue.current.id, ...defined({ pricesAsOf: pricesAsOf(options.catalogue) }) },
    workspaces,
    findings,
    summary: summarised(workspaces, presetTemplates, findings),
  };
}

/** A field that does not exist is an error here: kubectl refuses it, and what does not refuse it drops it silently. */
function ofWorkspace(manifest: Manifest, all: readonly Manifest[], { namespace, catalogue }: CheckOptions): Checked {
  const { workspace, issues } = asStored(manifest.object, namespace, catalogue);
  const subject = subjectOf(manifest.object, namespace);
  const strict = issues.map(
    (issue): Issue => (issue.code === "schema/unknown-field" ? { ...issue, level: "error" } : issue),
  );
  const config = workspace === undefined ? [] : namedConfig(workspace, all, namespace, catalogue).findings;
  return {
    findings: [
      ...strict.map((issue) => finding(issue, subject, manifest)),
      ...config.map((one) => finding(one.issue, subject, one.manifest)),
    ],
    workspaces: [checkedWorkspace(subject, manifest.placeOf(""), workspace)],
    presetTemplates: 0,
  };
}

function ofTemplate(manifest: Manifest, { namespace, catalogue }: CheckOptions): Checked {
  const issues = presetIssues(manifest.object, namespace, catalogue);
  const subject = subjectOf(manifest.object, namespace);
  return {
    findings: (issues ?? []).map((issue) => finding(issue, subject, manifest)),
    workspaces: [],
    presetTemplates: issues === undefined ? 0 : 1,
  };
}

function finding({ path, code, message, level }: Issue, subject: Subject, manifest: Manifest): Finding {
  const place = manifest.placeOf(path);
  return { path, code, message, level, subject, place, fingerprint: fingerprint(code, subject, path) };
}

function subjectOf(object: JsonObject, namespace: string): Subject {
  const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
  const stated = (key: string): string | undefined => (typeof metadata[key] === "string" ? metadata[key] : undefined);
  return {
    kind: String(object["kind"]),
    namespace: stated("namespace") ?? namespace,
    name: stated("name") ?? stated("generateName") ?? "",
  };
}

/** The oldest day of the prices of the catalogue's own cloud; undefined where it has none. */
function pricesAsOf({ current }: Catalogue): string | undefined {
  const own = current.prices.filter(({ cloud }) => cloud === current.defaults.cloud);
  return own.map(({ date }) => date).toSorted()[0];
}
