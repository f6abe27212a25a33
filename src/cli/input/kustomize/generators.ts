import { isUtf8 } from "node:buffer";
import { basename } from "node:path";
import { byCodePoint } from "../../../core/json.ts";
import { UsageError } from "../../../option.ts";
import { branch, childBranch, leaf, lookUp, type Origin, type Tree, textOf } from "../tree/tree.ts";
import { Resource } from "./resource.ts";

/** A file of the kustomization as it is, and where it stands. */
export type ReadBytes = (path: string) => { readonly bytes: Buffer; readonly at: Origin };

interface Pair {
  readonly key: string;
  readonly bytes: Buffer;
  readonly at: Origin | undefined;
}

/**
 * An entry of `configMapGenerator` or `secretGenerator`.
 * @param options `generatorOptions` of the kustomization
 */
export function generate(
  kind: "ConfigMap" | "Secret",
  entry: Tree,
  options: Tree | undefined,
  read: ReadBytes,
  where: string,
): Resource {
  const tree = branch(entry.at);
  const name = lookUp(entry, "name");
  if (textOf(name) === "") throw new UsageError(`${where}: a ${kind} must have a name`);
  tree.members.set("apiVersion", leaf("v1", entry.at));
  tree.members.set("kind", leaf(kind, entry.at));
  const metadata = childBranch(tree, "metadata", entry.at);
  metadata.members.set("name", leaf(textOf(name), name?.at));
  const namespace = lookUp(entry, "namespace");
  if (textOf(namespace) !== "") metadata.members.set("namespace", leaf(textOf(namespace), namespace?.at));
  if (kind === "Secret") tree.members.set("type", leaf(textOf(lookUp(entry, "type")) || "Opaque", entry.at));
  setData(tree, kind, pairsOf(entry, read, where), entry.at);
  const own = lookUp(entry, "options");
  for (const key of ["labels", "annotations"]) {
    for (const stated of [lookUp(options, key), lookUp(own, key)]) {
      if (stated?.kind !== "branch") continue;
      const made = childBranch(metadata, key, stated.at);
      for (const [one, value] of stated.members) made.members.set(one, leaf(textOf(value), value.at));
    }
  }
  const isSet = (key: string): boolean => [options, own].some((one) => textOf(lookUp(one, key)) === "true");
  if (isSet("immutable")) tree.members.set("immutable", leaf(true, entry.at));
  const resource = new Resource(tree);
  resource.needsHash = !isSet("disableNameSuffixHash");
  resource.behavior = textOf(lookUp(entry, "behavior"));
  return resource;
}

function setData(tree: Resource["tree"], kind: string, pairs: readonly Pair[], at: Origin | undefined): void {
  if (kind === "Secret") childBranch(tree, "data", at);
  for (const pair of [...pairs].sort((a, b) => byCodePoint(a.key, b.key))) {
    const isText = kind === "ConfigMap" && isUtf8(pair.bytes);
    const field = kind === "Secret" || isText ? "data" : "binaryData";
    const value = isText ? pair.bytes.toString("utf8") : base64Lines(pair.bytes);
    childBranch(tree, field, at).members.set(pair.key, leaf(value, pair.at));
  }
}

const LINE_LENGTH = 70;

function base64Lines(bytes: Buffer): string {
  const text = bytes.toString("base64");
  if (text.length < LINE_LENGTH) return text;
  return (text.match(new RegExp(`.{1,${LINE_LENGTH}}`, "g")) ?? []).map((line) => `${line}\n`).join("");
}

function pairsOf(entry: Tree, read: ReadBytes, where: string): readonly Pair[] {
  const listOf = (key: string): readonly Tree[] => {
    const list = lookUp(entry, key);
    return list?.kind === "list" ? list.items : [];
  };
  const env = lookUp(entry, "env");
  const pairs = [
    ...[...listOf("envs"), ...(textOf(env) === "" || env === undefined ? [] : [env])].flatMap((path) =>
      envPairs(read(textOf(path)), where),
    ),
    ...listOf("literals").map((literal) => literalPair(literal, where)),
    ...listOf("files").map((source) => filePair(textOf(source), read, where)),
  ];
  const seen = new Set<string>();
  for (const { key } of pairs) {
    if (!/^[-._a-zA-Z0-9]+$/.test(key))
      throw new UsageError(`${where}: ${JSON.stringify(key)} is not a valid key name`);
    if (seen.has(key))
      throw new UsageError(`${where}: ${textOf(lookUp(entry, "name"))} illegally repeats the key ${key}`);
    seen.add(key);
  }
  return pairs;
}

function envPairs({ bytes, at }: ReturnType<ReadBytes>, where: string): readonly Pair[] {
  const lines = bytes
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .split(/\r?\n/);
  return lines.flatMap((line) => {
    const text = line.trimStart();
    if (text === "" || text.startsWith("#")) return [];
    const [key = "", ...value] = text.split("=");
    if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(key)) {
      throw new UsageError(`${where}: ${JSON.stringify(key)} is not a valid name of a variable`);
    }
    return [{ key, bytes: Buffer.from(value.join("=")), at }];
  });
}

function literalPair(literal: Tree, where: string): Pair {
  const text = textOf(literal);
  const equals = text.indexOf("=");
  if (equals < 1) throw new UsageError(`${where}: invalid literal source ${text}, expected key=value`);
  const value = text.slice(equals + 1);
  const isQuoted = value.length > 1 && /^["']/.test(value) && value.at(0) === value.at(-1);
  return { key: text.slice(0, equals), bytes: Buffer.from(isQuoted ? value.slice(1, -1) : value), at: literal.at };
}

function filePair(source: string, read: ReadBytes, where: string): Pair {
  const parts = source.split("=");
  const [first = "", second] = parts;
  if (parts.length > 2 || (second !== undefined && (first === "" || second === ""))) {
    throw new UsageError(`${where}: invalid file source ${source}, expected [key=]path`);
  }
  const { bytes, at } = read(second ?? first);
  return { key: second === undefined ? basename(first) : first, bytes, at };
}
