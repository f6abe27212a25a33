import { objectAt, objectsAt, textsAt } from "../capacity/fields.ts";
import { isObject, type Json, type JsonObject, sameJson } from "../json.ts";
import { isLeftToPreset, modelContainerIndex, TOKEN_VARIABLE } from "./inputs.ts";
import { EXPAND_GATE } from "./words.ts";

// What the API server has written by the time admission sees a pod: nobody can tell it from a user's own.
const DEFAULT_GRACE_SECONDS = 30;

/**
 * The spec of a pod with that of its preset laid under it: whatever the pod states stays. Laid under its own result it
 * changes nothing, because API servers call again when another webhook wrote.
 * @param preset the spec of the preset's pod
 * @param requirements what it asks of a node
 */
export function layUnder(preset: JsonObject, pod: JsonObject, requirements: readonly JsonObject[]): JsonObject {
  const spec = objectAt(pod, "spec");
  const stated = objectsAt(spec, "containers");
  const place = modelContainerIndex(pod);
  const model = objectsAt(preset, "containers")[0] ?? {};
  const gates = objectsAt(spec, "schedulingGates").filter((gate) => gate["name"] !== EXPAND_GATE);
  const { schedulingGates: _, ...rest } = spec;
  return {
    ...rest,
    ...(gates.length === 0 ? {} : { schedulingGates: gates }),
    ...listsOf(preset, spec),
    containers: stated.map((container, i) => (i === place ? underContainer(model, container) : container)),
    affinity: withRequirements(objectAt(spec, "affinity"), requirements),
    ...(isStated(spec["securityContext"]) ? {} : { securityContext: preset["securityContext"] }),
    ...(spec["terminationGracePeriodSeconds"] === DEFAULT_GRACE_SECONDS
      ? { terminationGracePeriodSeconds: preset["terminationGracePeriodSeconds"] }
      : {}),
    // A Service named vllm would give the pod VLLM_PORT=tcp://..., which vLLM takes for its own and refuses.
    enableServiceLinks: false,
  };
}

/** Lists that take what they lack, by the member that tells their entries apart; tolerations by all of it. */
function listsOf(preset: JsonObject, spec: JsonObject): JsonObject {
  return {
    ...added("initContainers", preset, spec, "name"),
    ...added("volumes", preset, spec, "name"),
    ...added("imagePullSecrets", preset, spec, "name"),
    ...added("tolerations", preset, spec),
  };
}

function underContainer(preset: JsonObject, container: JsonObject): JsonObject {
  return {
    ...container,
    ...(isLeftToPreset(container)
      ? { image: preset["image"], imagePullPolicy: preset["imagePullPolicy"] ?? "IfNotPresent" }
      : {}),
    ...commandOf(preset, container),
    ...added("ports", preset, container, "containerPort"),
    ...added("env", withoutToken(preset, container), container, "name"),
    ...added("volumeMounts", preset, container, "mountPath"),
    resources: resourcesOf(objectAt(preset, "resources"), objectAt(container, "resources")),
    ...Object.fromEntries(
      ["startupProbe", "readinessProbe", "livenessProbe", "securityContext"]
        .filter((member) => !isStated(container[member]) && preset[member] !== undefined)
        .map((member) => [member, preset[member]]),
    ),
  };
}

/** Arguments beside no command are further ones for the preset's: later flags win. */
function commandOf(preset: JsonObject, container: JsonObject): JsonObject {
  if (textsAt(container, "command").length > 0) return {};
  return { command: preset["command"], args: [...textsAt(preset, "args"), ...textsAt(container, "args")] };
}

/** The token comes from where the pod takes it, if it brings one at all. */
function withoutToken(preset: JsonObject, container: JsonObject): JsonObject {
  if (objectsAt(container, "envFrom").length === 0) return preset;
  return { env: objectsAt(preset, "env").filter((variable) => variable["name"] !== TOKEN_VARIABLE) };
}

function resourcesOf(preset: JsonObject, stated: JsonObject): JsonObject {
  return {
    ...stated,
    limits: { ...objectAt(preset, "limits"), ...objectAt(stated, "limits") },
    requests: { ...objectAt(preset, "requests"), ...objectAt(stated, "requests") },
  };
}

/** The list as stated, and what of the preset's has no namesake in it; nothing where that adds nothing. */
function added(member: string, preset: JsonObject, stated: JsonObject, key?: string): JsonObject {
  const present = objectsAt(stated, member);
  const isThere = (entry: JsonObject): boolean =>
    present.some((other) => (key === undefined ? sameJson(other, entry) : other[key] === entry[key]));
  const missing = objectsAt(preset, member).filter((entry) => !isThere(entry));
  return missing.length === 0 ? {} : { [member]: [...present, ...missing] };
}

const [NODE, REQUIRED] = ["nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"] as const;
/** Where a pod spec has the terms of its required node affinity. */
export const REQUIRED_TERMS = ["affinity", NODE, REQUIRED, "nodeSelectorTerms"] as const;

/** Terms are alternatives, so the requirements join each of them. */
function withRequirements(affinity: JsonObject, requirements: readonly JsonObject[]): JsonObject {
  const node = objectAt(affinity, NODE);
  const stated = objectsAt(node, REQUIRED, "nodeSelectorTerms");
  const terms = (stated.length > 0 ? stated : [{}]).map((term): JsonObject => {
    const present = objectsAt(term, "matchExpressions");
    const missing = requirements.filter((one) => !present.some((other) => sameJson(other, one)));
    return { ...term, matchExpressions: [...present, ...missing] };
  });
  return { ...affinity, [NODE]: { ...node, [REQUIRED]: { ...objectAt(node, REQUIRED), nodeSelectorTerms: terms } } };
}

function isStated(value: Json | undefined): boolean {
  return isObject(value) && Object.keys(value).length > 0;
}
