import { type Catalogue, findModel, findRelease, type Release, type ServerVersion } from "../catalogue.ts";
import { tuningMethod } from "../checks/tuning.ts";
import { conflict } from "../config/finding.ts";
import { parseSettings } from "../config/parse.ts";
import { secondFile } from "../config/second-file.ts";
import type { ServedPod } from "../config/served-pod.ts";
import { servingIssues } from "../config/serving.ts";
import { trainingIssues } from "../config/training.ts";
import { imageReference } from "../expand/runtime.ts";
import { RESULTS_PATH } from "../expand/tuning.ts";
import { errors, type Issue } from "../issue.ts";
import { isObject, type Json, type JsonObject, sha256Hex } from "../json.ts";
import type { Expansion } from "../kinds/expansion.ts";
import type { Workspace } from "../kinds/workspace.ts";

/** The ConfigMap a Workspace names, and the key of it that is used. */
export interface ConfigReference {
  readonly name: string;
  readonly key: "inference_config.yaml" | "training_config.yaml";
}

export type Config =
  | { readonly kind: "none" }
  | { readonly kind: "ok"; readonly hash: string; readonly notes: readonly Issue[] }
  | { readonly kind: "missing"; readonly message: string }
  | { readonly kind: "conflict"; readonly message: string; readonly issues: readonly Issue[] };

// A condition's message is read in a terminal; the rest is found once these are mended.
const MOST_TOLD = 3;

export function configReference(workspace: Workspace): ConfigReference | undefined {
  const inference = workspace.inference?.config;
  if (inference !== undefined && inference !== "") return { name: inference, key: "inference_config.yaml" };
  const tuning = workspace.tuning?.config;
  if (tuning !== undefined && tuning !== "") return { name: tuning, key: "training_config.yaml" };
  return undefined;
}

/**
 * What the user's ConfigMap does to the pods.
 * @param configMap the ConfigMap `configReference` names; undefined when it does not exist.
 * @param catalogue what the server's options and the model's numbers are read from; a release that made the expansion and
 * is not in it leaves both unjudged.
 */
export function readConfig(workspace: Workspace, configMap: JsonObject | undefined, catalogue: Catalogue): Config {
  const reference = configReference(workspace);
  if (reference === undefined) return { kind: "none" };
  const { name, key } = reference;
  if (configMap === undefined) {
    return { kind: "missing", message: `ConfigMap ${name} does not exist: create it with the key ${key}` };
  }
  const data = isObject(configMap["data"]) ? configMap["data"] : {};
  const text = Object.hasOwn(data, key) ? data[key] : undefined;
  if (typeof text !== "string") {
    return { kind: "missing", message: `ConfigMap ${name} has no key ${key}: add it` };
  }
  const { issues, used } = judged(workspace, { data, text, catalogue });
  const wrong = errors(issues);
  if (wrong.length === 0) return { kind: "ok", hash: sha256Hex(text + used), notes: issues };
  const more = wrong.length > MOST_TOLD ? ` (and ${wrong.length - MOST_TOLD} more)` : "";
  const told = wrong.slice(0, MOST_TOLD).map(({ message }) => message);
  return { kind: "conflict", message: `ConfigMap ${name}, key ${key}: ${told.join("; ")}${more}`, issues };
}

interface Given {
  readonly data: JsonObject;
  readonly text: string;
  readonly catalogue: Catalogue;
}

interface Judged {
  readonly issues: readonly Issue[];
  /** Text of a second key that the first one brings in. */
  readonly used: string;
}

function judged(workspace: Workspace, { data, text, catalogue }: Given): Judged {
  const parsed = parseSettings(text);
  if (parsed.kind === "wrong") return { issues: [conflict("", parsed.problem)], used: "" };
  const { expansion, tuning } = workspace;
  if (expansion === undefined) return { issues: [], used: "" };
  if (tuning !== undefined) {
    const capability = expansion.gpu?.computeCapability;
    const pod = {
      method: tuningMethod(tuning.method) ?? "lora",
      resultsPath: RESULTS_PATH,
      ...(capability === undefined ? {} : { computeCapability: capability }),
    };
    return { issues: trainingIssues(parsed.content, pod), used: "" };
  }
  // The transformers server reads no such file, which admission warns of; what a template does with it is its own affair.
  if (expansion.preset?.runtime !== "vllm") return { issues: [], used: "" };
  const second = secondFile(parsed.content);
  const used = second !== undefined && Object.hasOwn(data, second) ? String(data[second]) : "";
  return { issues: servingIssues(parsed.content, { ...servedPod(expansion, catalogue), files: data }), used };
}

function servedPod(expansion: Expansion, catalogue: Catalogue): Omit<ServedPod, "files"> {
  const release = findRelease(catalogue, expansion.catalog);
  const model = release === undefined ? undefined : findModel(release, expansion.preset?.name ?? "");
  const server = release === undefined ? undefined : serverOf(release, expansion);
  return {
    expansion,
    options: optionsOf(expansion),
    ...(model === undefined ? {} : { model }),
    ...(server === undefined ? {} : { server }),
  };
}

/** The version inside the image the expansion runs; a mirror gives the image another host, so its name counts. */
function serverOf(release: Release, { preset }: Expansion): ServerVersion | undefined {
  const model = findModel(release, preset?.name ?? "");
  const candidates = release.runtimes.filter(
    (image) => image.runtime === preset?.runtime && image.server !== undefined,
  );
  const named = candidates.find(
    (image) => model !== undefined && lastPart(imageReference(release, image, model)) === lastPart(preset?.image ?? ""),
  );
  const { server } = named ?? candidates[0] ?? {};
  return release.servers.find(({ name }) => name === server);
}

function lastPart(reference: string): string {
  return reference.split("/").at(-1) ?? "";
}

/** Options of the model container: `--name=value`, or a bare `--name`. */
function optionsOf({ podTemplate }: Expansion): { readonly [flag: string]: string } {
  const spec = isObject(podTemplate["spec"]) ? podTemplate["spec"] : {};
  const containers = Array.isArray(spec["containers"]) ? spec["containers"].filter(isObject) : [];
  const args = containers.find(({ name }) => name === "model")?.["args"];
  const options: [string, string][] = (Array.isArray(args) ? args : []).flatMap((argument: Json) => {
    const [, name = "", value = ""] = /^--([^=]+)=?([\s\S]*)$/.exec(String(argument)) ?? [];
    return name === "" ? [] : [[name, value] as [string, string]];
  });
  return Object.fromEntries(options);
}
