import { objectAt, objectsAt, textAt } from "../../../src/core/capacity/fields.ts";
import type { JsonObject } from "../../../src/core/json.ts";

/**
 * What Karpenter core (v1.14) takes from a NodeClaim made by somebody else, written down from its CRD and its validation
 * and not from our planner: pkg/apis/crds/karpenter.sh_nodeclaims.yaml, pkg/apis/v1/nodeclaim_validation.go.
 * @returns what is wrong, empty for a claim that is served
 */
export function karpenterFaults(claim: JsonObject): readonly string[] {
  const requirements = objectsAt(claim, "spec", "requirements");
  const labels = Object.entries(objectAt(claim, "metadata", "labels"));
  return [
    ...(textAt(claim, "apiVersion") === "karpenter.sh/v1" ? [] : ["apiVersion"]),
    ...(requirements.length === 0 || requirements.length > 100 ? ["1 to 100 requirements"] : []),
    ...requirements.flatMap(requirementFaults),
    ...labels.flatMap(([key, value]) => labelFaults(key, value)),
    ...["group", "kind", "name"].filter((part) => (textAt(claim, "spec", "nodeClassRef", part) ?? "") === ""),
    ...objectsAt(claim, "spec", "taints").flatMap(taintFaults),
    ...quantityFaults(objectAt(claim, "spec", "resources", "requests")),
    ...(isDuration(textAt(claim, "spec", "expireAfter")) ? [] : ["expireAfter"]),
  ];
}

const OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"];

function requirementFaults({ key, operator, values }: JsonObject): readonly string[] {
  const name = String(key);
  const domain = name.includes("/") ? name.slice(0, name.indexOf("/")) : "";
  const allowed = ["karpenter.sh/capacity-type", "karpenter.sh/nodepool"];
  const list = Array.isArray(values) ? values : [];
  return [
    ...(OPERATORS.includes(String(operator)) ? [] : [`operator of ${name}`]),
    ...(operator === "In" && list.length === 0 ? [`no value of ${name}`] : []),
    ...(domain === "karpenter.sh" && !allowed.includes(name) ? [`${name} is of a closed domain`] : []),
    ...(name === "kubernetes.io/hostname" ? ["a hostname cannot be asked for"] : []),
    ...(list.every((value) => typeof value === "string" && value.length <= 63) ? [] : [`value of ${name}`]),
  ];
}

const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

/** A claim with the label of a pool belongs to that pool: it may be consolidated away, and failures are not told on it. */
function labelFaults(key: string, value: unknown): readonly string[] {
  return [
    ...(key.startsWith("karpenter.sh/") ? [`label ${key}`] : []),
    ...(typeof value === "string" && value.length <= 63 && LABEL_VALUE.test(value) ? [] : [`value of label ${key}`]),
  ];
}

function taintFaults({ key, effect }: JsonObject): readonly string[] {
  const known = ["NoSchedule", "PreferNoSchedule", "NoExecute"].includes(String(effect));
  return known && String(key) !== "" ? [] : [`taint ${String(key)}`];
}

const QUANTITY =
  /^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$/;

function quantityFaults(requests: JsonObject): readonly string[] {
  return Object.entries(requests).flatMap(([name, value]) =>
    QUANTITY.test(String(value)) ? [] : [`quantity of ${name}`],
  );
}

function isDuration(text: string | undefined): boolean {
  return text === undefined || /^(([0-9]+(s|m|h))+|Never)$/.test(text);
}
