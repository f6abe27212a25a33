import { canonicalJson } from "../core/json.ts";
import type { Clock } from "./clock.ts";
import { isAbsent, isAlreadyExists, isConflict } from "./error.ts";
import type { Kube, KubeObject } from "./kube.ts";
import type { Election, ElectionOptions } from "./lease.ts";
import {
  type Claim,
  leaseDurationMs,
  leaseHolder,
  leaseSpec,
  newLease,
  withHolder,
  withRenewal,
} from "./lease-record.ts";
import { LEASES } from "./resources.ts";
import { create, get, replace } from "./verbs.ts";

type Options = ElectionOptions &
  Required<Pick<ElectionOptions, "clock" | "leaseDurationMs" | "renewDeadlineMs" | "retryPeriodMs">>;

/** Our lease as last written, and when that write was begun: it holds at least from then, whenever the server did it. */
interface Held {
  readonly lease: KubeObject;
  readonly sinceMs: number;
}

/** The process's part in the election: wait, lead, wait again. */
export class Candidate implements Election {
  readonly done: Promise<void>;
  readonly #kube: Kube;
  readonly #options: Options;
  readonly #clock: Clock;
  /** The foreign record last seen and since when, by our clock: clocks of different machines are never compared. */
  #seen: { readonly record: string; readonly sinceMs: number; readonly holder: string | undefined } | undefined;
  #leadingUntilMs = Number.NEGATIVE_INFINITY;

  constructor(kube: Kube, options: Options) {
    this.#kube = kube;
    this.#options = options;
    this.#clock = options.clock;
    this.done = this.#run();
  }

  isLeader(): boolean {
    return this.#clock.monotonicMs() < this.#leadingUntilMs;
  }

  holder(): string | undefined {
    return this.isLeader() ? this.#options.identity : this.#seen?.holder;
  }

  async #run(): Promise<void> {
    const { signal, retryPeriodMs } = this.#options;
    while (!signal.aborted) {
      try {
        const held = await this.#acquire();
        if (held !== undefined) await this.#lead(held);
        // Up to a fifth more, so that candidates do not meet at the server in step.
        else await this.#clock.sleep(retryPeriodMs * (1 + Math.random() / 5), signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#report(error);
        await this.#clock.sleep(retryPeriodMs, signal).catch(() => {}); // the loop's condition ends it
      }
    }
  }

  async #acquire(): Promise<Held | undefined> {
    const { namespace, name, signal, renewDeadlineMs } = this.#options;
    const limits = { signal, timeoutMs: renewDeadlineMs };
    const lease = await get(this.#kube, { resource: LEASES, namespace, name }, limits);
    if (lease !== undefined && !this.#isFree(lease)) return undefined;
    const sinceMs = this.#clock.monotonicMs();
    try {
      const ours =
        lease === undefined
          ? await create(this.#kube, LEASES, newLease(namespace, name, this.#claim()), limits)
          : await replace(this.#kube, LEASES, withHolder(lease, this.#claim()), limits);
      return { lease: ours, sinceMs };
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error)) return undefined;
      throw error;
    }
  }

  #isFree(lease: KubeObject): boolean {
    const record = canonicalJson(leaseSpec(lease));
    const nowMs = this.#clock.monotonicMs();
    const holder = leaseHolder(lease);
    if (this.#seen?.record !== record) this.#seen = { record, sinceMs: nowMs, holder };
    if (holder === undefined) return true;
    return nowMs >= this.#seen.sinceMs + leaseDurationMs(lease, this.#options.leaseDurationMs);
  }

  async #lead(first: Held): Promise<void> {
    this.#hold(first);
    if (!this.isLeader()) return; // the write itself took longer than the deadline
    const { signal } = this.#options;
    const leading = new AbortController();
    const work = this.#guarded(() => this.#options.onStartedLeading(leading.signal));
    let held: Held = first;
    try {
      for (let next: Held | undefined = first; next !== undefined; next = await this.#keep(held)) held = next;
    } finally {
      this.#leadingUntilMs = Number.NEGATIVE_INFINITY;
      leading.abort(new Error(`leadership of ${this.#options.namespace}/${this.#options.name} has ended`));
      await this.#guarded(() => this.#options.onStoppedLeading?.());
      await work;
    }
    if (signal.aborted) await this.#release(held);
  }

  #hold(held: Held): void {
    this.#seen = undefined;
    this.#leadingUntilMs = held.sinceMs + this.#options.renewDeadlineMs;
  }

  /** Waits for the next renewal and does it; undefined when leadership has ended, by the signal or by losing the lease. */
  async #keep(held: Held): Promise<Held | undefined> {
    const { signal, retryPeriodMs } = this.#options;
    const ending = new AbortController();
    const stop = () => ending.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    try {
      // Ends the wait and the call at the deadline even when the server never answers.
      const late = this.#clock.sleep(this.#remainingMs(), ending.signal);
      const renewal = this.#clock.sleep(retryPeriodMs, ending.signal).then(() => this.#renew(held, ending.signal));
      renewal.catch(() => {});
      const next = await Promise.race([late.then(() => undefined), renewal]);
      if (next === undefined || !this.isLeader()) return undefined;
      this.#hold(next);
      return next;
    } catch (error) {
      if (signal.aborted) return undefined;
      this.#report(error);
      return this.isLeader() ? held : undefined;
    } finally {
      signal.removeEventListener("abort", stop);
      ending.abort();
    }
  }

  #remainingMs(): number {
    return Math.max(0, this.#leadingUntilMs - this.#clock.monotonicMs());
  }

  async #renew(held: Held, signal: AbortSignal): Promise<Held | undefined> {
    const limits = { signal, timeoutMs: Math.max(1, this.#remainingMs()) };
    const write = async (lease: KubeObject): Promise<Held> => {
      const sinceMs = this.#clock.monotonicMs();
      return { lease: await replace(this.#kube, LEASES, withRenewal(lease, this.#claim()), limits), sinceMs };
    };
    try {
      return await write(held.lease);
    } catch (error) {
      // Deleted under us: the next candidate creates it without waiting, so this ends leadership at once.
      if (isAbsent(error)) return undefined;
      if (!isConflict(error)) throw error;
      // Somebody took it, or an earlier write of ours went through without our hearing of it.
      const { namespace, name } = this.#options;
      const fresh = await get(this.#kube, { resource: LEASES, namespace, name }, limits);
      if (fresh === undefined || leaseHolder(fresh) !== this.#options.identity) return undefined;
      return await write(fresh);
    }
  }

  /** Lets the next leader start at once instead of after the lease. */
  async #release(held: Held): Promise<void> {
    const nothing: Claim = { ...this.#claim(), holder: "", leaseDurationMs: 1000 };
    try {
      await replace(this.#kube, LEASES, withRenewal(held.lease, nothing), { timeoutMs: this.#options.retryPeriodMs });
    } catch (error) {
      this.#report(error); // it expires by itself
    }
  }

  #claim(): Claim {
    const { identity, leaseDurationMs } = this.#options;
    return { holder: identity, leaseDurationMs, nowWallMs: this.#clock.wallMs() };
  }

  async #guarded(run: () => void | Promise<void>): Promise<void> {
    try {
      await run();
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
