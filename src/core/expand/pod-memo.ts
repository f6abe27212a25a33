import { compact, finished } from "../canonical.ts";
import { isObject, type Json, type JsonObject, sortedKeys } from "../json.ts";
import { keepText } from "../json-text.ts";
import type { Options } from "../options.ts";
import { WORKSPACE_LABEL } from "./pod.ts";
import { identity, releaseMemo } from "./release-memo.ts";
import type { ServerQuestion } from "./server.ts";
import type { Serving } from "./serving.ts";

/** A preset on a size with the flags of a mode makes one; about 4 KB each. */
const pods = releaseMemo<Serving>(1024);

/**
 * The pod of the same model in the same image on the same hardware with the same options, built once: Workspaces differ in
 * name, labels and price limits, of which a preset's pod has the name in one label only. Whatever names the Workspace
 * elsewhere (a group of pods, a disk of its own) is never kept.
 */
export function rememberPod(question: Omit<ServerQuestion, "weights">, build: () => Serving): Serving {
  // A template of the user's own is laid over the pod; its size is the user's choice.
  if (question.inference.template !== undefined) return build();
  const key = keyOf(question);
  const known = pods.find(question.release, key);
  const { name = "", namespace = "" } = question.workspace.metadata;
  if (known !== undefined) return { ...known, podTemplate: { ...labelled(name), spec: known.podTemplate?.["spec"] } };
  const serving = build();
  const { podTemplate, ...rest } = serving;
  const spec = podTemplate?.["spec"];
  const others = podTemplate === undefined ? [] : Object.keys(podTemplate).filter((part) => part !== "metadata");
  if (!isObject(spec) || others.length > 1) return serving;
  const text = JSON.stringify([spec, rest]);
  if (text.includes(name) || (namespace !== "" && text.includes(namespace))) return serving;
  pods.keep(question.release, key, { ...rest, podTemplate: { spec: inFinalForm(spec) } });
  return serving;
}

function labelled(name: string): JsonObject {
  return { metadata: { labels: { [WORKSPACE_LABEL]: name } } };
}

/**
 * The members as they are stored, with their text, so that no expansion sorts or writes them again. The spec itself gets
 * affinity and tolerations, which have their places already.
 */
function inFinalForm(spec: JsonObject): JsonObject {
  const members = { affinity: undefined, tolerations: undefined, ...(compact(spec, ["volumes"]) as JsonObject) };
  return Object.fromEntries(sortedKeys(members).map((key) => [key, withText(members[key as keyof typeof members])]));
}

function withText(value: Json | undefined): Json | undefined {
  if (typeof value === "object" && value !== null) keepText(finished(value));
  return value;
}

function keyOf(question: Omit<ServerQuestion, "weights">): string {
  const { inference, hardware, requests, image, model, port, nodeCount, parallelism, memory, mostSequences } = question;
  const { type, fallbacks, ...known } = hardware;
  const sizes = [type?.name, fallbacks.map(({ name }) => name)];
  const fit = [nodeCount, parallelism, memory, mostSequences];
  const choices = podOptions(question.options);
  return JSON.stringify([identity(model), identity(image), port, inference, choices, sizes, known, requests, fit]);
}

/** The options but for those that buy nodes: they act on the pod through the hardware, if at all. */
function podOptions(options: Options): Partial<Options> {
  const { maxHourlyPriceUsd, capacityTypes, fallbackInstanceTypes, zones, region, catalog, ...others } = options;
  return others;
}
