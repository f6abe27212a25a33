import { isObject, type JsonObject, sameJson } from "../../src/core/json.ts";
import type { KubeObject } from "../../src/kube/kube.ts";

export interface Change {
  readonly version: number;
  readonly plural: string;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
}

/** The objects of a cluster as etcd and the API server's storage keep them. Stored objects are never changed in place. */
export class Store {
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #nowMs: () => number;
  #version = 1;
  #uids = 0;
  /** Newest last. */
  history: Change[] = [];
  /** A watch from before this version is 410 Gone. */
  oldest = 0;

  /** @param nowMs the time that objects are dated by; default: that of this process */
  constructor(nowMs: () => number = () => Date.now()) {
    this.#nowMs = nowMs;
  }

  get version(): number {
    return this.#version;
  }

  list(plural: string): readonly KubeObject[] {
    return [...(this.#objects.get(plural)?.values() ?? [])];
  }

  get(plural: string, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#objects.get(plural)?.get(`${namespace ?? ""}/${name}`);
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  create(plural: string, object: JsonObject): KubeObject {
    const metadata = object["metadata"] as KubeObject["metadata"];
    if (this.get(plural, metadata.namespace, metadata.name) !== undefined) throw new Error("exists already");
    const created = {
      ...object,
      metadata: {
        ...metadata,
        uid: `uid-${++this.#uids}`,
        generation: 1,
        creationTimestamp: `${new Date(this.#nowMs()).toISOString().slice(0, 19)}Z`,
      },
    };
    return this.#commit(plural, undefined, created);
  }

  /** Stores what `change` makes of the object; nothing where it makes nothing new. Undefined: it is not there. */
  update(
    plural: string,
    namespace: string | undefined,
    name: string,
    change: (object: KubeObject) => KubeObject,
  ): KubeObject | undefined {
    const before = this.get(plural, namespace, name);
    if (before === undefined) return undefined;
    const after = change(before);
    if (sameJson(before, after)) return before;
    if (after.metadata.deletionTimestamp !== undefined && (after.metadata.finalizers ?? []).length === 0) {
      if (plural !== "pods") return this.#commit(plural, before, undefined);
    }
    const specChanged = !sameJson(desired(before), desired(after));
    const generation = (before.metadata.generation ?? 1) + (specChanged ? 1 : 0);
    return this.#commit(plural, before, { ...after, metadata: { ...after.metadata, generation } });
  }

  /** As a DELETE: waits for finalizers; a pod on a node waits for its kubelet. */
  delete(plural: string, namespace: string | undefined, name: string, graceSeconds = 0): void {
    const before = this.get(plural, namespace, name);
    if (before === undefined || before.metadata.deletionTimestamp !== undefined) return;
    const waits =
      (before.metadata.finalizers ?? []).length > 0 || (plural === "pods" && nodeName(before) !== undefined);
    if (!waits) return void this.#commit(plural, before, undefined);
    const deletionTimestamp = `${new Date(this.#nowMs() + graceSeconds * 1000).toISOString().slice(0, 19)}Z`;
    this.#commit(plural, before, { ...before, metadata: { ...before.metadata, deletionTimestamp } });
  }

  /** As after a restart of the API server: its cache of what watches may ask for begins with the present. */
  restart(): void {
    this.#forget(0);
  }

  #forget(kept: number): void {
    this.history = kept === 0 ? [] : this.history.slice(-kept);
    this.oldest = (this.history[0]?.version ?? this.#version + 1) - 1;
  }

  /** For good, whatever waits. */
  purge(plural: string, namespace: string | undefined, name: string): void {
    const before = this.get(plural, namespace, name);
    if (before !== undefined) this.#commit(plural, before, undefined);
  }

  #commit(plural: string, before: KubeObject | undefined, after: KubeObject | undefined): KubeObject {
    this.#version++;
    const resourceVersion = String(this.#version);
    const object = after ?? before;
    if (object === undefined) throw new Error("nothing changes");
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion } };
    const { namespace = "", name } = stored.metadata;
    const objects = this.#objects.get(plural) ?? new Map<string, KubeObject>();
    this.#objects.set(plural, objects);
    if (after === undefined) objects.delete(`${namespace}/${name}`);
    else objects.set(`${namespace}/${name}`, stored);
    const change: Change =
      after === undefined
        ? { version: this.#version, plural, before: stored, after: undefined }
        : { version: this.#version, plural, before, after: stored };
    this.history.push(change);
    if (this.history.length > 2_000) this.#forget(1_000);
    for (const listener of [...this.#listeners]) listener(change);
    return stored;
  }
}

/** What a change of generation is about: everything but metadata and status. */
function desired(object: KubeObject): JsonObject {
  const { metadata: _, status: __, ...rest } = object;
  return rest;
}

function nodeName(pod: KubeObject): unknown {
  return isObject(pod["spec"]) ? pod["spec"]["nodeName"] : undefined;
}
