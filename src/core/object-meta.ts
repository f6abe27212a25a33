import { error, type Issue, warning } from "./issue.ts";
import { isObject, type JsonObject } from "./json.ts";
import { shortened, shown } from "./schema.ts";

type Type = "string" | "integer" | "map" | "texts" | "owners" | "list";

// k8s.io/apimachinery/pkg/apis/meta/v1, ObjectMeta.
const fields: { readonly [name: string]: Type } = {
  annotations: "map",
  creationTimestamp: "string",
  deletionGracePeriodSeconds: "integer",
  deletionTimestamp: "string",
  finalizers: "texts",
  generateName: "string",
  generation: "integer",
  labels: "map",
  managedFields: "list",
  name: "string",
  namespace: "string",
  ownerReferences: "owners",
  resourceVersion: "string",
  selfLink: "string",
  uid: "string",
};
const ownerFields = ["apiVersion", "kind", "name", "uid"];
const ownerSwitches = ["blockOwnerDeletion", "controller"];

// k8s.io/apimachinery/pkg/util/validation: a qualified name and a label value.
const PREFIX = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
// TotalAnnotationSizeLimitB of k8s.io/apimachinery/pkg/api/validation.
const MOST_ANNOTATION_BYTES = 256 * 1024;
// A manifest has no more than people write.
const MOST_TOLD = 20;

/**
 * What the API server itself refuses of metadata, which has no schema of a CRD: types and unknown fields when it reads an object,
 * the form of keys, values and owners before it stores it. Names are left to admission.
 */
export function objectMetaIssues(metadata: unknown): readonly Issue[] {
  if (metadata === undefined || metadata === null) return [];
  if (!isObject(metadata)) return [wrongType("metadata", "object", metadata)];
  const stated = Object.entries(metadata);
  const unknown = stated
    .filter(([key]) => !Object.hasOwn(fields, key))
    .map(([key]) => unknownField(`metadata.${shortened(key)}`));
  const types = stated.flatMap(([key, value]) => typeIssues(key, value));
  return [...unknown.slice(0, MOST_TOLD), ...(types.length > 0 ? types : formIssues(metadata))];
}

function typeIssues(key: string, value: unknown): readonly Issue[] {
  const path = `metadata.${key}`;
  const type = Object.hasOwn(fields, key) ? fields[key] : undefined;
  if (value === null || value === undefined) return [];
  switch (type) {
    case "string":
      return typeof value === "string" ? [] : [notText(path, value)];
    case "integer":
      return Number.isSafeInteger(value) ? [] : [wrongType(path, "integer", value)];
    case "map":
      return mapIssues(path, value);
    case undefined:
      return [];
    default:
      return listIssues(path, value, type);
  }
}

function listIssues(path: string, value: unknown, type: "texts" | "owners" | "list"): readonly Issue[] {
  if (!Array.isArray(value)) return [wrongType(path, "array", value)];
  if (type === "list") return [];
  const isRight = type === "owners" ? isObject : (item: unknown) => typeof item === "string";
  const i = value.findIndex((item) => item !== null && !isRight(item));
  if (i >= 0)
    return [type === "owners" ? wrongType(`${path}[${i}]`, "object", value[i]) : notText(`${path}[${i}]`, value[i])];
  return type === "owners" ? value.flatMap((owner, at) => ownerTypeIssues(`${path}[${at}]`, owner)) : [];
}

function ownerTypeIssues(path: string, owner: unknown): readonly Issue[] {
  const stated = isObject(owner) ? Object.entries(owner).filter(([, value]) => value !== null) : [];
  return stated.slice(0, MOST_TOLD).flatMap(([key, value]): readonly Issue[] => {
    if (ownerFields.includes(key)) return typeof value === "string" ? [] : [notText(`${path}.${key}`, value)];
    if (!ownerSwitches.includes(key)) return [unknownField(`${path}.${shortened(key)}`)];
    return typeof value === "boolean" ? [] : [wrongType(`${path}.${key}`, "boolean", value)];
  });
}

function mapIssues(path: string, value: unknown): readonly Issue[] {
  if (!isObject(value)) return [wrongType(path, "object", value)];
  return Object.entries(value)
    .filter(([, member]) => typeof member !== "string" && member !== null)
    .slice(0, MOST_TOLD)
    .map(([key, member]) => notText(`${path}[${shortened(key)}]`, member));
}

function formIssues({ labels, annotations, finalizers, ownerReferences }: JsonObject): readonly Issue[] {
  const [labelled, annotated] = [labels, annotations].map((map) => (isObject(map) ? Object.entries(map) : []));
  const keys = [
    ...(labelled ?? []).map(([key]) => [`metadata.labels[${shortened(key)}]`, key] as const),
    // The API server takes capitals in the prefix of an annotation.
    ...(annotated ?? []).map(([key]) => [`metadata.annotations[${shortened(key)}]`, key.toLowerCase()] as const),
    ...textsOf(finalizers).map((name, i) => [`metadata.finalizers[${i}]`, name] as const),
  ];
  const values = (labelled ?? []).filter(([, value]) => typeof value === "string" && !VALUE.test(value));
  const bytes = (annotated ?? []).reduce((sum, [key, value]) => sum + bytesOf(key) + bytesOf(value), 0);
  return [
    ...keys
      .filter(([, key]) => !isQualifiedName(key))
      .map(([path, key]) =>
        invalid(path, `${path}: ${shown(key)} is no name of a label, an annotation or a finalizer`),
      ),
    ...values.map(([key, value]) => {
      const path = `metadata.labels[${shortened(key)}]`;
      return invalid(path, `${path} must be at most 63 letters, digits, - _ and ., given ${shown(value)}`);
    }),
    ...(bytes > MOST_ANNOTATION_BYTES
      ? [
          invalid(
            "metadata.annotations",
            `metadata.annotations has ${bytes} bytes: at most ${MOST_ANNOTATION_BYTES} are allowed`,
          ),
        ]
      : []),
    ...ownerIssues(ownerReferences),
  ].slice(0, MOST_TOLD);
}

function ownerIssues(owners: unknown): readonly Issue[] {
  const stated = Array.isArray(owners) ? owners.map((owner) => (isObject(owner) ? owner : {})) : [];
  const absent = stated.flatMap((owner, i) =>
    ownerFields
      .filter((field) => (owner[field] ?? "") === "")
      .map((field) => `metadata.ownerReferences[${i}].${field}`),
  );
  const controllers = stated.filter(({ controller }) => controller === true).length;
  return [
    ...absent.map((path) => error(path, "schema/required", `${path} is required and absent: add it`)),
    ...(controllers > 1
      ? [
          invalid(
            "metadata.ownerReferences",
            `metadata.ownerReferences names ${controllers} controllers: one is allowed`,
          ),
        ]
      : []),
  ];
}

function isQualifiedName(key: string): boolean {
  const parts = key.split("/");
  const [first = "", second] = parts;
  if (parts.length > 2) return false;
  return second === undefined ? NAME.test(first) : PREFIX.test(first) && NAME.test(second);
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map((item) => (typeof item === "string" ? item : "")) : [];
}

function bytesOf(text: unknown): number {
  return typeof text === "string" ? Buffer.byteLength(text) : 0;
}

function wrongType(path: string, type: string, given: unknown): Issue {
  return error(path, "schema/type", `${path} must be of type ${type}, given ${shown(given)}`);
}

function notText(path: string, given: unknown): Issue {
  return error(path, "schema/type", `${path} must be of type string, given ${shown(given)}: put it in quotes`);
}

function invalid(path: string, message: string): Issue {
  return error(path, "schema/invalid", message);
}

/** kubectl refuses it, other clients drop it. */
export function unknownField(path: string): Issue {
  return warning(path, "schema/unknown-field", `${path} is not a known field: kubectl refuses it, others drop it`);
}
