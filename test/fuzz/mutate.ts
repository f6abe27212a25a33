import { inputAnnotations } from "../../src/core/inputs.ts";
import type { Random } from "./random.ts";

/** Bytes that mean something to a reader of JSON, and some that mean nothing to anybody. */
const TOKENS = [
  "{",
  "}",
  "[",
  "]",
  '"',
  ":",
  ",",
  "\\",
  "\\u0000",
  "null",
  "-",
  "1e999",
  "\u0000",
  "__proto__",
  " ",
  "é",
];

/** One body made of another one's bytes. */
export function mutateBytes(body: Buffer, other: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(body);
  const at = () => random.below(bytes.length + 1);
  for (let times = 1 + random.below(3); times > 0; times--) {
    const [from, to] = [at(), at()].sort((a, b) => a - b) as [number, number];
    const cut = (middle: Uint8Array) => Buffer.concat([bytes.subarray(0, from), middle, bytes.subarray(to)]);
    switch (random.below(7)) {
      case 0:
        if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, from), Buffer.from(random.pick(TOKENS)), bytes.subarray(from)]);
        break;
      case 2:
        bytes = cut(Buffer.alloc(0));
        break;
      case 3:
        bytes = bytes.subarray(0, to);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
        break;
      case 5:
        bytes = cut(other.subarray(random.below(other.length + 1), random.below(other.length + 1)));
        break;
      default:
        bytes = cut(Buffer.from(random.pick(TOKENS).repeat(1 + random.below(600))));
    }
  }
  return bytes;
}

/** Values that are right somewhere, and values that are right nowhere. */
const VALUES: readonly unknown[] = [
  ...["phi-4", "phi-4-mini-instruct", "llama-3.3-70b-instruct", "microsoft/phi-4", "nope", "a/b"],
  ...["Standard_NC24ads_A100_v4", "Standard_ND96isr_H100_v5", "Standard_NC40ads_H100_v5", "Standard_D4s_v5"],
  ...[
    "true",
    "false",
    "True",
    "4xA100-80GB",
    "2x80Gi/8.0",
    "spot,on-demand",
    "10",
    "0",
    "external",
    "shared",
    "recreate",
  ],
  ...[
    "vllm",
    "transformers",
    "follow",
    "interactivity",
    "eastus",
    "1,2,3",
    "team-a,10.0.0.0/8",
    "2026.11.0",
    "westeurope",
  ],
  ...[
    "registry.example/a:1",
    "https://example.com/x",
    "169.254.169.254",
    "1e9Ei",
    "0.5m",
    "-1",
    "",
    "\u0000",
    "a".repeat(300),
  ],
  ...[null, true, false, 0, 1, 2, -1, 1.5, 1e21, 2 ** 53, [], {}, [null], [[]], { name: "x" }, { $patch: "delete" }],
];

type Parent = { [key: string]: unknown } | unknown[];

/** One review made of another one's values; what is no JSON is returned as it is. */
export function mutateValues(body: Buffer, other: Buffer, random: Random): Buffer {
  const [review, donor] = [parsed(body), parsed(other)];
  if (review === undefined) return body;
  for (let times = random.next() < 0.6 ? 1 : 1 + random.below(4); times > 0; times--) {
    const { parent, key } = random.pick(placesIn(inputsOf(review)));
    // A copy: put in twice, one and the same list would come to hold itself.
    const given =
      random.next() < 0.6 || donor === undefined ? structuredClone(random.pick(VALUES)) : valueIn(donor, random);
    switch (random.below(6)) {
      case 0:
        remove(parent, key);
        break;
      case 1:
        if (Array.isArray(parent)) parent.push(structuredClone(random.pick(parent)));
        else
          define(parent, random.pick(["__proto__", "constructor", `${key}x`, "template", "adapters", "name"]), given);
        break;
      case 2:
        annotate(
          review,
          random.pick(inputAnnotations),
          random.pick(VALUES.filter((value) => typeof value === "string")),
        );
        break;
      default:
        if (Array.isArray(parent)) parent[Number(key)] = given;
        else define(parent, key, given);
    }
  }
  return Buffer.from(JSON.stringify(review));
}

function parsed(body: Buffer): Parent | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null && placesIn(value as Parent).length > 0
      ? (value as Parent)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The object under review most of all: the rest is the API server's. */
function inputsOf(review: Parent): Parent {
  const object = member(member(review, "request"), "object");
  return isParent(object) && placesIn(object).length > 0 ? object : review;
}

function annotate(review: Parent, name: string, value: unknown): void {
  const metadata = member(member(member(review, "request"), "object"), "metadata");
  if (!isParent(metadata) || Array.isArray(metadata)) return;
  const annotations = member(metadata, "annotations");
  define(metadata, "annotations", { ...(isParent(annotations) ? annotations : {}), [name]: value });
}

interface PlaceIn {
  readonly parent: Parent;
  readonly key: string;
}

function placesIn(parent: Parent): readonly PlaceIn[] {
  return Object.entries(parent).flatMap(([key, value]) => [
    { parent, key },
    ...(isParent(value) ? placesIn(value) : []),
  ]);
}

function valueIn(parent: Parent, random: Random): unknown {
  const { parent: holder, key } = random.pick(placesIn(parent));
  return structuredClone(member(holder, key));
}

function isParent(value: unknown): value is Parent {
  return typeof value === "object" && value !== null;
}

function member(value: unknown, key: string): unknown {
  return isParent(value) && Object.hasOwn(value, key) ? (value as { [key: string]: unknown })[key] : undefined;
}

function define(parent: Parent, key: string, value: unknown): void {
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

function remove(parent: Parent, key: string): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}
