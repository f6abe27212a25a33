import { backoffMs } from "./backoff.ts";
import { type Clock, systemClock } from "./clock.ts";
import { isExpired, isUnserved, KubeError } from "./error.ts";
import type { FollowEvent, Follower, FollowHealth, FollowOptions, FollowTiming } from "./follow.ts";
import { createKnown, versionOf } from "./known.ts";
import type { Kube } from "./kube.ts";
import { type KubeList, list, type Selection } from "./list.ts";
import { isOlder } from "./resource-version.ts";
import type { Resource } from "./resources.ts";
import { type WatchMessage, watch } from "./watch.ts";

/** A version the server cannot serve is normally told by 410; after this many watches without a message a list finds out. */
const FRUITLESS_WATCHES = 5;
/** A watch that lasted this long has shown that server and connection work. */
const SOUND_WATCH_MS = 1_000;
/** Longest Retry-After we follow; an API server asks for seconds, and silence for longer must show in the health. */
const MAX_RETRY_AFTER_MS = 60_000;

type Options = FollowOptions & { readonly timing: FollowTiming };

/** The loop behind `follow`: list, watch from there, and again from the newest version known whenever something breaks. */
export class ListWatch implements Follower {
  readonly synced: Promise<void>;
  readonly done: Promise<void>;
  readonly #kube: Kube;
  readonly #resource: Resource;
  readonly #options: Options;
  readonly #clock: Clock;
  readonly #known = createKnown();
  readonly #firstList = Promise.withResolvers<void>();
  /** Where the next watch starts; undefined: list first. */
  #version: string | undefined;
  /** Newest version ever seen. */
  #newest: string | undefined;
  #openedMs: number | undefined;
  #fruitless = 0;
  #isSynced = false;
  #health: FollowHealth = {
    state: "listing",
    lastSuccessMs: undefined,
    lastSuccessWallMs: undefined,
    failures: 0,
    lastError: undefined,
  };

  constructor(kube: Kube, resource: Resource, options: Options) {
    this.#kube = kube;
    this.#resource = resource;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.synced = this.#firstList.promise;
    // Whoever does not wait for it must not die of its rejection.
    this.synced.catch(() => {});
    this.done = this.#run();
  }

  health(): FollowHealth {
    return this.#health;
  }

  async #run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      try {
        this.#version ??= await this.#relist();
        await this.#watch(this.#version);
      } catch (error) {
        if (await this.#isAbsent(error))
          await this.#without().catch(() => {}); // only the signal ends the pause early
        else if (!signal.aborted) await this.#recover(error).catch(() => {}); // only the signal ends the pause early
      }
    }
    this.#health = { ...this.#health, state: "ended" };
    this.#firstList.reject(signal.reason);
  }

  async #relist(): Promise<string> {
    this.#health = { ...this.#health, state: "listing" };
    const found = await this.#list();
    if (isOlder(found.resourceVersion, this.#newest)) {
      // Every object would look older than what is known. Said until the health limit has this process restarted, as
      // Kubernetes advises for every component after etcd was restored.
      throw new Error(
        `list of ${this.#resource.plural}: version ${found.resourceVersion} is older than ${this.#newest} seen before: the cluster was restored from a backup; restart this process`,
      );
    }
    await this.#takeList(found);
    this.#newest = found.resourceVersion;
    return found.resourceVersion;
  }

  async #takeList(found: KubeList): Promise<void> {
    for (const event of this.#known.difference(found)) await this.#deliver(event);
    if (this.#isSynced) return;
    this.#isSynced = true;
    await this.#guarded(() => this.#options.onSynced?.());
    this.#firstList.resolve();
  }

  async #isAbsent(error: unknown): Promise<boolean> {
    if (!isUnserved(error) || this.#options.isAbsent === undefined) return false;
    return await this.#options.isAbsent().catch(() => false);
  }

  /** The cluster does not have this kind, or not any more: an empty list, until it does. */
  async #without(): Promise<void> {
    this.#version = undefined;
    this.#succeeded();
    this.#health = { ...this.#health, state: "waiting", failures: 0, lastError: undefined };
    await this.#takeList({ items: [], resourceVersion: this.#newest ?? "0" });
    await this.#clock.sleep(this.#options.timing.absentMs, this.#options.signal);
  }

  async #list(): Promise<KubeList> {
    const selection = { ...this.#selection(), pageSize: this.#options.timing.pageSize };
    const found = await list(this.#kube, this.#resource, selection);
    if (found.items.length > 0 || this.#known.size === 0) return found;
    // Everything gone at once is true now and then, and a lie of a broken server now and then: it has to say so twice.
    await this.#clock.sleep(this.#options.timing.backoffMinMs, this.#options.signal);
    return await list(this.#kube, this.#resource, selection);
  }

  async #watch(resourceVersion: string): Promise<void> {
    const { timing, signal } = this.#options;
    this.#openedMs = undefined;
    let fruitful = false;
    const timeoutSeconds = Math.max(1, Math.ceil((timing.watchTimeoutMs * (1 + Math.random())) / 1000));
    const { idleMs, maxObjectBytes } = timing;
    const request = { ...this.#selection(), resourceVersion, timeoutSeconds, idleMs, maxObjectBytes, signal };
    this.#fruitless += 1;
    for await (const batch of watch(this.#kube, this.#resource, request)) {
      this.#succeeded();
      for (const message of batch) {
        await this.#take(message);
        if (message.kind === "opened") continue;
        fruitful = true;
        this.#fruitless = 0;
        if (this.#health.failures > 0) this.#health = { ...this.#health, failures: 0, lastError: undefined };
      }
    }
    if (fruitful || this.#soundWatch()) return;
    throw new KubeError({
      status: 0,
      reason: "Unreachable",
      message: `watch of ${this.#resource.plural} ended at once`,
    });
  }

  async #take(message: WatchMessage): Promise<void> {
    switch (message.kind) {
      case "opened":
        this.#openedMs = this.#clock.monotonicMs();
        this.#health = { ...this.#health, state: "watching" };
        return;
      case "event": {
        const version = versionOf(message.object);
        const object = this.#options.keep?.(message.object) ?? message.object;
        await this.#deliver({ type: message.type, object, version });
        if (version !== "") this.#advance(version);
        return;
      }
      case "bookmark":
        this.#advance(message.version);
        return;
      case "skipped":
        this.#report(new Error(`watch of ${this.#resource.plural}: skipped ${message.reason}`));
    }
  }

  #advance(version: string): void {
    this.#version = version;
    if (!isOlder(version, this.#newest)) this.#newest = version;
  }

  async #deliver(event: FollowEvent): Promise<void> {
    this.#known.note(event);
    await this.#guarded(() => this.#options.onEvent(event));
  }

  async #recover(error: unknown): Promise<void> {
    const { backoffMinMs, backoffMaxMs } = this.#options.timing;
    const expired = isExpired(error);
    const failures = this.#soundWatch() ? 1 : this.#health.failures + 1;
    this.#openedMs = undefined;
    this.#health = { ...this.#health, state: "waiting", failures, lastError: messageOf(error) };
    this.#report(error);
    if (expired || this.#fruitless >= FRUITLESS_WATCHES) {
      this.#version = undefined;
      this.#fruitless = 0;
    }
    if (expired && failures === 1) return;
    const askedMs = error instanceof KubeError ? Math.min(error.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS) : 0;
    const pauseMs = backoffMs(failures, { minMs: backoffMinMs, maxMs: backoffMaxMs });
    await this.#clock.sleep(Math.max(askedMs, pauseMs), this.#options.signal);
  }

  #selection(): Selection {
    const { namespace, labelSelector, fieldSelector, keep, signal } = this.#options;
    return {
      ...(namespace !== undefined && { namespace }),
      ...(labelSelector !== undefined && { labelSelector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
      ...(keep !== undefined && { keep }),
      signal,
    };
  }

  #soundWatch(): boolean {
    return this.#openedMs !== undefined && this.#clock.monotonicMs() - this.#openedMs >= SOUND_WATCH_MS;
  }

  #succeeded(): void {
    const [lastSuccessMs, lastSuccessWallMs] = [this.#clock.monotonicMs(), this.#clock.wallMs()];
    this.#health = { ...this.#health, lastSuccessMs, lastSuccessWallMs };
  }

  /** Runs code of the owner: what it throws is reported, never ours to die of. */
  async #guarded(run: () => void | Promise<void>): Promise<void> {
    try {
      const result = run();
      if (result !== undefined) await result;
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    try {
      this.#options.onError?.(error instanceof Error ? error : new Error(String(error)));
    } catch {
      // Nobody is left to tell.
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
