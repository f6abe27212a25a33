import { CAPACITY_TYPE_LABEL, INSTANCE_TYPE_LABEL, ZONE_LABEL } from "../capacity/claim.ts";
import { objectsAt } from "../capacity/fields.ts";
import { type Requirement, requirement } from "../capacity/requirements.ts";
import type { JsonObject } from "../json.ts";
import { AZURE_DOMAIN, AZURE_KEYS, type AzureWords } from "./azure-size.ts";
import type { CapacityType } from "./machine.ts";

/** One of each, out of what the requirements leave. */
export interface Choice {
  readonly instanceType: string;
  readonly capacityType: CapacityType;
  readonly zone?: string;
  /** Labels that requirements ask for: of keys that nobody knows, and what is true of the size. */
  readonly labels: { readonly [key: string]: string };
}

// Not reserved: that costs whoever holds the reservation, so it is taken where it is named only.
const OFFERED_CAPACITY_TYPES: readonly CapacityType[] = ["on-demand", "spot"];
const CAPACITY_TYPES: readonly string[] = [...OFFERED_CAPACITY_TYPES, "reserved"];
/** Size by the name Azure's Karpenter provider and KAITO know it: two keys of one meaning. */
const SKU_NAME = "karpenter.azure.com/sku-name";
const FIXED: { readonly [key: string]: string } = { "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux" };
const KNOWN: ReadonlySet<string> = new Set([
  INSTANCE_TYPE_LABEL,
  SKU_NAME,
  CAPACITY_TYPE_LABEL,
  ZONE_LABEL,
  // KAITO writes it; it says nothing about the machine.
  "karpenter.sh/nodepool",
  ...Object.keys(FIXED),
]);

/**
 * What a claim's requirements leave, the first in the order they state it, so that the answer never changes; or why nothing
 * is left.
 * @param fits whether a size has what the claim requests
 * @param words what Azure's Karpenter provider says of a size
 */
export function choose(
  claim: JsonObject,
  fits: (instanceType: string) => boolean,
  words: (instanceType: string) => AzureWords,
): Choice | string {
  const all = objectsAt(claim, "spec", "requirements").map(requirement);
  const of = (...keys: readonly string[]): readonly Requirement[] => all.filter((one) => keys.includes(one.key));
  for (const [key, value] of Object.entries(FIXED)) {
    if (!of(key).every((one) => allows(one, value))) return unservable(of(key), `machines are ${value}`);
  }
  const size = chooseSize(all, fits, words);
  if (typeof size === "string") return size;
  const payable = named(of(CAPACITY_TYPE_LABEL)) ?? OFFERED_CAPACITY_TYPES;
  const capacityType = payable.find(
    (one) => isCapacityType(one) && of(CAPACITY_TYPE_LABEL).every((r) => allows(r, one)),
  );
  if (capacityType === undefined || !isCapacityType(capacityType)) {
    return unservable(of(CAPACITY_TYPE_LABEL), `possible are ${CAPACITY_TYPES.join(", ")}`);
  }
  const zones = named(of(ZONE_LABEL));
  if (zones?.length === 0 || (zones === undefined && !of(ZONE_LABEL).every(isMetByAny))) {
    return unservable(of(ZONE_LABEL), "name a zone with In");
  }
  const labels = customLabels(all.filter(({ key }) => !KNOWN.has(key) && !key.startsWith(AZURE_DOMAIN)));
  if (typeof labels === "string") return labels;
  const { instanceType } = size;
  return {
    instanceType,
    capacityType,
    ...(zones?.[0] === undefined ? {} : { zone: zones[0] }),
    labels: { ...labels, ...trueOf(words(instanceType), all) },
  };
}

function chooseSize(
  all: readonly Requirement[],
  fits: (instanceType: string) => boolean,
  words: (instanceType: string) => AzureWords,
): Pick<Choice, "instanceType"> | string {
  const naming = all.filter(({ key }) => key === INSTANCE_TYPE_LABEL || key === SKU_NAME);
  const sizes = named(naming);
  if (sizes === undefined) return `no requirement names a size: state ${INSTANCE_TYPE_LABEL} In [a size of Azure]`;
  if (sizes.length === 0) return unservable(naming, "they leave no size");
  const azure = all.filter(({ key }) => key.startsWith(AZURE_DOMAIN) && key !== SKU_NAME);
  const unknown = azure.filter(({ key }) => !AZURE_KEYS.includes(key));
  if (unknown.length > 0) return unservable(unknown, `of these keys are known ${[SKU_NAME, ...AZURE_KEYS].join(", ")}`);
  const meant = sizes.filter((size) => azure.every((one) => isMetBy(one, words(size)[one.key])));
  if (meant.length === 0) return unservable(azure, `none of ${sizes.join(", ")} is known to meet it`);
  const instanceType = meant.find(fits);
  return instanceType === undefined ? `spec.resources.requests: more than ${meant.join(", ")} has` : { instanceType };
}

/** What the size has of the keys that are asked for: pods that ask for them, too, find the node by these labels. */
function trueOf(words: AzureWords, requirements: readonly Requirement[]): Choice["labels"] {
  return Object.fromEntries(
    requirements.flatMap(({ key }) => {
      const word = words[key];
      return typeof word === "string" ? [[key, word] as const] : [];
    }),
  );
}

/** Values that an In names and no other requirement of the key excludes, in the order of the first In; undefined: no In. */
function named(requirements: readonly Requirement[]): readonly string[] | undefined {
  const first = requirements.find((one) => one.operator === "In");
  return first?.values.filter((value) => requirements.every((one) => allows(one, value)));
}

function customLabels(requirements: readonly Requirement[]): Choice["labels"] | string {
  const labels: Record<string, string> = {};
  for (const key of new Set(requirements.map((one) => one.key))) {
    const mine = requirements.filter((one) => one.key === key);
    const value = named(mine)?.[0];
    if (value !== undefined) labels[key] = value;
    else if (!mine.every(isMetByAbsence))
      return unservable(mine, "nothing gives nodes a value for it: name one with In");
  }
  return labels;
}

/** @param word null: the size has none; undefined: nobody knows, which meets nothing */
function isMetBy(one: Requirement, word: string | null | undefined): boolean {
  if (word === undefined) return false;
  return word === null ? isMetByAbsence(one) : allows(one, word);
}

/** Whether a node that has this value for the key is wanted. An operator that is not known allows nothing. */
function allows({ operator, values }: Requirement, value: string): boolean {
  const bound = Number(values[0]);
  switch (operator) {
    case "In":
      return values.includes(value);
    case "NotIn":
      return !values.includes(value);
    case "Exists":
      return true;
    case "Gt":
      return Number(value) > bound;
    case "Gte":
      return Number(value) >= bound;
    case "Lt":
      return Number(value) < bound;
    case "Lte":
      return Number(value) <= bound;
    default:
      return false;
  }
}

function isMetByAbsence({ operator }: Requirement): boolean {
  return operator === "NotIn" || operator === "DoesNotExist";
}

/** Every node has some zone. */
function isMetByAny({ operator }: Requirement): boolean {
  return operator === "Exists";
}

function isCapacityType(text: string): text is CapacityType {
  return CAPACITY_TYPES.includes(text);
}

function unservable(requirements: readonly Requirement[], why: string): string {
  const said = requirements.map(({ key, operator, values }) => `${key} ${operator} [${values.join(", ")}]`);
  return `${said.join(" and ")} cannot be met: ${why}`;
}
