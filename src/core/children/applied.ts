import { amount } from "../capacity/resources.ts";
import { canonicalJson, isObject, type Json, type JsonObject, sha256Hex } from "../json.ts";

/** Annotation of a child: hash of what was applied, without this annotation. */
export const APPLIED_HASH = "foresail.dev/applied-hash";
/** Annotation of a workload: hash of the pod template it was given. */
export const TEMPLATE_HASH = "foresail.dev/template-hash";
/** Annotation of a Job: the inputs it was made from. */
export const INPUTS_HASH = "foresail.dev/inputs-hash";

/** The object with annotations added. */
export function annotated(object: JsonObject, annotations: { readonly [key: string]: string }): JsonObject {
  const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
  const present = isObject(metadata["annotations"]) ? metadata["annotations"] : {};
  return { ...object, metadata: { ...metadata, annotations: { ...present, ...annotations } } };
}

/** The object as it is applied: with a hash of itself, so that the next look needs no comparison field by field. */
export function stamped(object: JsonObject): JsonObject {
  return annotated(object, { [APPLIED_HASH]: hashOf(object) });
}

/** 16 hex digits: enough to tell two states of one object apart. */
export function hashOf(value: Json): string {
  return sha256Hex(canonicalJson(value)).slice(0, 16);
}

/** The pod template of a workload, hashed. */
export function templateHash(workload: JsonObject): string {
  const spec = isObject(workload["spec"]) ? workload["spec"] : {};
  return hashOf(spec["template"] ?? null);
}

/**
 * Whether `live` must be applied again: it was made from something else, or somebody changed a field we own.
 * @param desired a `stamped` object
 */
export function differs(live: JsonObject, desired: JsonObject): boolean {
  return !contains(live, desired);
}

/**
 * Every member of `part` is in `whole` with the same value. What `whole` has besides is not ours: defaults, status, and
 * what others added, also to lists whose items have names.
 */
export function contains(whole: Json | undefined, part: Json | undefined, isQuantity = false): boolean {
  // The API server leaves out empty values where Kubernetes means nothing by them.
  if (whole === undefined) return isEmpty(part);
  if (Array.isArray(part)) return Array.isArray(whole) && containsItems(whole, part);
  if (isObject(part)) {
    return (
      isObject(whole) &&
      Object.entries(part).every(([key, value]) => contains(whole[key], value, isQuantity || QUANTITIES.has(key)))
    );
  }
  return part === undefined || part === null || whole === part || (isQuantity && isSameAmount(whole, part));
}

// The API server stores quantities in canonical form, a user's template has them as the user wrote them.
const QUANTITIES: ReadonlySet<string> = new Set(["limits", "requests", "sizeLimit", "divisor"]);

function isSameAmount(one: Json, other: Json): boolean {
  // In thousandths, as of cpu: what is smaller does not count for any resource.
  const found = amount("cpu", one);
  return found !== undefined && found === amount("cpu", other);
}

function containsItems(whole: readonly Json[], part: readonly Json[]): boolean {
  const names = part.map(nameOf);
  if (part.length > 0 && names.every((name) => name !== undefined)) {
    // Names need not be unique: a volume can be mounted twice.
    return part.every((item) => whole.some((one) => nameOf(one) === nameOf(item) && contains(one, item)));
  }
  return whole.length === part.length && part.every((item, i) => contains(whole[i], item));
}

function nameOf(item: Json): string | undefined {
  const name = isObject(item) ? item["name"] : undefined;
  return typeof name === "string" ? name : undefined;
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === "" || value === 0 || value === false) return true;
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}
