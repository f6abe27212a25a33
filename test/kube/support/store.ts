import type { JsonObject } from "../../../src/core/json.ts";
import type { KubeObject } from "../../../src/kube/kube.ts";

export interface StoredEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly path: string;
  readonly version: number;
  readonly object: KubeObject;
}

/** What etcd is to an API server: objects by path, one version for all, a history that can be compacted. */
export class Store {
  readonly objects = new Map<string, KubeObject>();
  readonly listeners = new Set<(event: StoredEvent) => void>();
  version = 100;
  /** Watches from before this version are told 410. */
  compactedTo = 0;
  #history: StoredEvent[] = [];
  #uids = 0;

  /** Creates or replaces; `path` is that of the object. */
  put(path: string, object: JsonObject & { readonly metadata: JsonObject }): KubeObject {
    const before = this.objects.get(path);
    this.version += 1;
    const uid = before?.metadata.uid ?? `uid-${++this.#uids}`;
    const metadata = { ...object.metadata, uid, resourceVersion: String(this.version) };
    const stored = { ...object, metadata } as unknown as KubeObject;
    this.objects.set(path, stored);
    this.#record({ type: before ? "MODIFIED" : "ADDED", path, version: this.version, object: stored });
    return stored;
  }

  delete(path: string): KubeObject | undefined {
    const before = this.objects.get(path);
    if (before === undefined) return undefined;
    this.objects.delete(path);
    this.version += 1;
    const metadata = { ...before.metadata, resourceVersion: String(this.version) };
    this.#record({ type: "DELETED", path, version: this.version, object: { ...before, metadata } });
    return before;
  }

  /** Objects of a collection, of one namespace or of all. */
  list(collection: string): KubeObject[] {
    return [...this.objects].filter(([path]) => within(path, collection)).map(([, object]) => object);
  }

  since(version: number, collection: string): StoredEvent[] {
    return this.#history.filter((event) => event.version > version && within(event.path, collection));
  }

  compact(): void {
    this.compactedTo = this.version;
    this.#history = [];
  }

  #record(event: StoredEvent): void {
    this.#history.push(event);
    for (const listener of this.listeners) listener(event);
  }
}

/** `/api/v1/pods` holds `/api/v1/namespaces/a/pods/x`, as does `/api/v1/namespaces/a/pods`. */
export function within(path: string, collection: string): boolean {
  const [plural = ""] = collection.split("/").slice(-1);
  const root = collection.slice(0, -plural.length);
  return path.startsWith(root) && path.split("/").at(-2) === plural;
}
