import { nameOf, objectAt, textAt } from "../../capacity/fields.ts";
import { type Catalogue, findModel, findRelease } from "../../catalogue.ts";
import { isReservedByKaito } from "../../checks/selector.ts";
import { parseSettings } from "../../config/parse.ts";
import { type Issue, warning } from "../../issue.ts";
import type { Workspace } from "../../kinds/workspace.ts";
import type { RepositoryCheck, Seen } from "../repository.ts";
import { hasTransformersInKaito, isPresetOfKaito } from "./presets.ts";

/**
 * What is taken here and KAITO v0.12 refuses in every installation whose feature gates are the default ones: a manifest that
 * keeps to both can go back. What depends on who makes KAITO's nodes, such as whether a size is stated, is not among it.
 */
export const kaito: RepositoryCheck = (all, { catalogue }) =>
  all.flatMap((seen) => {
    const { workspace } = seen;
    if (workspace === undefined) return [];
    const issues = [
      ...presetAndTemplate(workspace),
      ...presetName(workspace, catalogue),
      ...strengths(workspace),
      ...transformers(workspace, catalogue),
      ...selector(workspace),
      ...maxModelLen(workspace, seen, all),
    ];
    return issues.map((issue) => ({ seen, issue }));
  });

function presetAndTemplate({ inference }: Workspace): readonly Issue[] {
  if (inference?.preset === undefined || inference.template === undefined) return [];
  const text = "inference.template beside a preset is laid over its pod here; KAITO takes one of the two";
  return [warning("inference.template", "kaito/preset-and-template", text)];
}

function presetName(workspace: Workspace, catalogue: Catalogue): readonly Issue[] {
  const use = workspace.inference === undefined ? "tuning" : "inference";
  const name = workspace[use]?.preset?.name;
  if (name === undefined || isPresetOfKaito(name)) return [];
  const path = `${use}.preset.name`;
  const model = modelOf(workspace, catalogue);
  const other = model === undefined ? "" : `; ${model} is the same model here`;
  return [warning(path, "kaito/preset-name", `${path} ${name} is no preset of KAITO, which takes org/model${other}`)];
}

function strengths(workspace: Workspace): readonly Issue[] {
  if (runsTransformers(workspace)) return [];
  return (workspace.inference?.adapters ?? []).flatMap(({ strength }, i) => {
    const path = `inference.adapters[${i}].strength`;
    const text = `${path} works here with every runtime; KAITO refuses it with vLLM, its default`;
    return strength === undefined ? [] : [warning(path, "kaito/adapter-strength", text)];
  });
}

function transformers(workspace: Workspace, catalogue: Catalogue): readonly Issue[] {
  const model = workspace.inference === undefined ? undefined : modelOf(workspace, catalogue);
  if (model === undefined || !runsTransformers(workspace) || hasTransformersInKaito(model)) return [];
  const path = "metadata.annotations[kaito.sh/runtime]";
  return [warning(path, "kaito/runtime", `${path}: KAITO has no command that serves ${model} with transformers`)];
}

/** KAITO looks at the selector of what serves only. */
function selector({ inference, resource }: Workspace): readonly Issue[] {
  if (inference === undefined) return [];
  const path = "resource.labelSelector";
  const { matchLabels = {}, matchExpressions = [] } = resource?.labelSelector ?? {};
  const odd = matchExpressions.find(({ operator, values = [] }) => operator !== "In" || values.length !== 1);
  if (odd !== undefined) {
    const text = `${path}: KAITO takes matchLabels and In with one value only, for own nodes, too; ${odd.key} has ${odd.operator}`;
    return [warning(path, "kaito/selector", text)];
  }
  const keys = Object.keys(matchLabels);
  if (keys.length === 0 || !keys.every(isReservedByKaito)) return [];
  return [warning(path, "kaito/selector", `${path}.matchLabels: KAITO wants a label beside those it sets itself`)];
}

/** `auto` and `25.6k` are vLLM's words; KAITO reads a whole number. */
function maxModelLen(workspace: Workspace, { group, namespace }: Seen, all: readonly Seen[]): readonly Issue[] {
  const name = workspace.inference?.config;
  if (name === undefined || runsTransformers(workspace) || workspace.inference?.preset === undefined) return [];
  const named = all.find(
    (one) =>
      one.object["kind"] === "ConfigMap" &&
      one.group === group &&
      one.namespace === namespace &&
      nameOf(one.object) === name,
  );
  const text = named === undefined ? undefined : textAt(objectAt(named.object, "data"), "inference_config.yaml");
  const parsed = text === undefined ? undefined : parseSettings(text);
  if (parsed?.kind !== "content") return [];
  const stated = objectAt(parsed.content, "vllm")["max-model-len"];
  if (stated === undefined || stated === null || /^\s*([+-]?\d+)?\s*$/.test(String(stated))) return [];
  const message = `inference.config: max-model-len of ConfigMap ${name} is ${JSON.stringify(stated)?.slice(0, 80)}; KAITO takes a whole number only`;
  return [warning("inference.config", "kaito/max-model-len", message)];
}

function runsTransformers({ metadata }: Workspace): boolean {
  return metadata.annotations?.["kaito.sh/runtime"] === "transformers";
}

/** As Hugging Face names it. */
function modelOf({ inference, tuning, expansion }: Workspace, catalogue: Catalogue): string | undefined {
  const name = (inference ?? tuning)?.preset?.name;
  const release = findRelease(catalogue, expansion?.catalog ?? "") ?? catalogue.current;
  return name === undefined ? undefined : findModel(release, name)?.model;
}
