import { isObject, type Json, type JsonObject } from "../json.ts";

/** How Kubernetes merges the members of a map that are lists of maps, and which of its members have rules of their own. */
interface Shape {
  readonly lists?: { readonly [member: string]: ListRule };
  readonly maps?: { readonly [member: string]: Shape };
}

interface ListRule {
  /** Member that tells entries apart. */
  readonly key: string;
  /** Of an entry that is changed only the members stated stay: a volume has one source. */
  readonly retainKeys?: true;
  readonly entry?: Shape;
}

const container: Shape = {
  lists: {
    env: { key: "name" },
    ports: { key: "containerPort" },
    volumeDevices: { key: "devicePath" },
    volumeMounts: { key: "mountPath" },
  },
};

/**
 * patchStrategy and patchMergeKey of PodTemplateSpec (k8s.io/api v0.36, core/v1/types.go); a cluster test compares the
 * table with the API server's own. Every list that is not named here is replaced whole: command, args, tolerations,
 * envFrom, the terms of an affinity.
 */
export const podTemplateShape: Shape = {
  maps: {
    spec: {
      lists: {
        containers: { key: "name", entry: container },
        hostAliases: { key: "ip" },
        imagePullSecrets: { key: "name" },
        initContainers: { key: "name", entry: container },
        resourceClaims: { key: "name", retainKeys: true },
        schedulingGates: { key: "name" },
        topologySpreadConstraints: { key: "topologyKey" },
        volumes: { key: "name", retainKeys: true },
      },
    },
  },
};

/** What keeps a patch from being applied: where in the patch, and why. */
export interface MergeFault {
  readonly path: string;
  readonly text: string;
}

export interface Merged {
  readonly value: JsonObject;
  readonly faults: readonly MergeFault[];
}

// A PodTemplateSpec is some 15 levels deep.
const DEEPEST = 40;
const DIRECTIVE = "$patch";

/**
 * Kubernetes' strategic merge of a partial PodTemplateSpec onto a whole one: maps merge, null deletes, lists merge by
 * their key or are replaced, and `$patch: delete` or `$patch: replace` says so for a map or an entry.
 * @param path path of the patch in what the user wrote, for faults
 */
export function strategicMerge(base: JsonObject, patch: JsonObject, path: string): Merged {
  const faults: MergeFault[] = [];
  const value = mergeMap(base, patch, { path, shape: podTemplateShape, depth: 0, faults });
  return { value: value ?? {}, faults };
}

interface At {
  readonly path: string;
  readonly shape: Shape;
  readonly depth: number;
  readonly faults: MergeFault[];
}

/** Undefined where the patch deletes the map. */
function mergeMap(base: JsonObject, patch: JsonObject, at: At): JsonObject | undefined {
  if (tooDeep(at)) return base;
  const directive = directiveOf(patch, at);
  if (directive === "delete") return undefined;
  // Built from entries, so that a member named "__proto__" is a member.
  const result = new Map<string, Member>(directive === "replace" ? [] : Object.entries(base));
  for (const [member, stated] of Object.entries(patch)) {
    if (member === DIRECTIVE) continue;
    const before = result.get(member);
    const after = mergeMember(before, stated, within(at, member));
    if (after === undefined) result.delete(member);
    else result.set(member, after);
  }
  return Object.fromEntries(result);
}

type Member = Json | undefined;

function mergeMember(before: Member, stated: Member, at: At & { readonly list?: ListRule }): Member {
  if (stated === null) return undefined;
  const { list } = at;
  if (list !== undefined) {
    if (Array.isArray(stated)) return mergeList(listOfMaps(before), stated, { ...at, list });
    at.faults.push({ path: at.path, text: "must be a list" });
    return before;
  }
  if (Array.isArray(stated)) return bare(stated, at);
  return isObject(stated) ? mergeMap(isObject(before) ? before : {}, stated, at) : stated;
}

function listOfMaps(value: Member): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function mergeList(before: readonly JsonObject[], stated: readonly Json[], at: At & { readonly list: ListRule }): Json {
  const { key } = at.list;
  const replacesAll = (item: Json): boolean =>
    isObject(item) && item[DIRECTIVE] === "replace" && !Object.hasOwn(item, key);
  const entries = openEntries(stated.some(replacesAll) ? [] : before, key);
  for (const [i, item] of stated.entries()) {
    if (replacesAll(item)) continue;
    const path = `${at.path}[${i}]`;
    if (isObject(item) && Object.hasOwn(item, key)) mergeEntry(entries, item, { ...at, path });
    else at.faults.push({ path, text: `needs ${key}, by which entries are told apart` });
  }
  return entries.list.filter((one) => one !== undefined);
}

/** A list that is being merged. Where each key stands is kept: looked for, 15,000 variables would take seconds. */
interface Entries {
  readonly list: (JsonObject | undefined)[];
  readonly places: Map<Member, number[]>;
}

function openEntries(before: readonly JsonObject[], key: string): Entries {
  const entries: Entries = { list: [], places: new Map() };
  for (const one of before) append(entries, one[key], one);
  return entries;
}

function append({ list, places }: Entries, key: Member, one: JsonObject): void {
  places.set(key, [...(places.get(key) ?? []), list.length]);
  list.push(one);
}

function mergeEntry(entries: Entries, item: JsonObject, at: At & { readonly list: ListRule }): void {
  const { list, places } = entries;
  const { key, retainKeys, entry: shape = {} } = at.list;
  const known = places.get(item[key]) ?? [];
  const [first] = known;
  const isKept = ([member]: [string, unknown]): boolean => retainKeys === undefined || Object.hasOwn(item, member);
  const base = first === undefined ? undefined : list[first];
  const kept = Object.fromEntries(Object.entries(base ?? {}).filter(isKept));
  const merged = mergeMap(kept, item, { ...at, shape });
  if (merged === undefined) {
    for (const place of known) list[place] = undefined;
    places.delete(item[key]);
  } else if (first === undefined) append(entries, item[key], merged);
  else list[first] = merged;
}

/** A list that is replaced whole: without what means "delete" in it. */
function bare(list: readonly Json[], at: At): Json {
  if (tooDeep(at)) return [];
  const present = list.filter((item) => item !== null);
  return present.map((item, i) => {
    const here = { ...at, path: `${at.path}[${i}]`, shape: {}, depth: at.depth + 1 };
    if (Array.isArray(item)) return bare(item, here);
    return isObject(item) ? (mergeMap({}, item, here) ?? {}) : item;
  });
}

function within(at: At, member: string): At & { readonly list?: ListRule } {
  const { lists = {}, maps = {} } = at.shape;
  const list = Object.hasOwn(lists, member) ? lists[member] : undefined;
  const shape = (Object.hasOwn(maps, member) ? maps[member] : undefined) ?? {};
  const next = { path: `${at.path}.${member}`, shape, depth: at.depth + 1, faults: at.faults };
  return list === undefined ? next : { ...next, list };
}

function directiveOf(patch: JsonObject, at: At): "merge" | "delete" | "replace" {
  const unknown = Object.keys(patch).find((member) => member.startsWith("$") && member !== DIRECTIVE);
  if (unknown !== undefined)
    at.faults.push({ path: `${at.path}.${unknown}`, text: `is no directive: use ${DIRECTIVE}` });
  const given = Object.hasOwn(patch, DIRECTIVE) ? patch[DIRECTIVE] : "merge";
  if (given === "merge" || given === "delete" || given === "replace") return given;
  at.faults.push({ path: `${at.path}.${DIRECTIVE}`, text: "must be delete, replace or merge" });
  return "merge";
}

function tooDeep(at: At): boolean {
  if (at.depth <= DEEPEST) return false;
  at.faults.push({ path: at.path.slice(0, 200), text: `is nested deeper than ${DEEPEST} levels` });
  return true;
}
