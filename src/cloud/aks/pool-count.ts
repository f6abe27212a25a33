import { CloudError } from "../cloud.ts";
import type { CloudClock } from "./options.ts";
import { Turns } from "./turns.ts";

/** From this close to the limit on, what was counted is only believed for a moment. */
const MARGIN = 10;
const NEAR_MS = 5000;
/** Others' pools come and go, too. */
const FAR_MS = 600_000;

/** Knows how many pools the cluster has, so that one too many is refused here, before AKS has to. */
export class PoolCount {
  readonly #clock: CloudClock;
  readonly #maxPools: number;
  readonly #list: (signal: AbortSignal) => Promise<unknown>;
  /** One lists for all who wait. */
  readonly #listing = new Turns(1);
  /** When each was taken; those that were listed, before all time. */
  #names: Map<string, number> | undefined;
  #listedMs = 0;

  /** `list` lists pools and tells `listed`. */
  constructor(clock: CloudClock, maxPools: number, list: (signal: AbortSignal) => Promise<unknown>) {
    this.#clock = clock;
    this.#maxPools = maxPools;
    this.#list = list;
  }

  /** Names of all pools, as of some time after `startedMs`: what was taken since may not be among them. */
  listed(names: readonly string[], startedMs: number): void {
    const since = [...(this.#names ?? [])].filter(([, atMs]) => atMs >= startedMs);
    this.#names = new Map([...since, ...names.map((name) => [name, Number.NEGATIVE_INFINITY] as const)]);
    this.#listedMs = this.#clock.monotonicMs();
  }

  /** Takes room for a pool; throws CloudError PoolLimitReached when there is none. One that is there already needs none. */
  async take(name: string, signal: AbortSignal): Promise<void> {
    await this.#listing.run(signal, async () => {
      if (this.#stale()) await this.#list(signal);
    });
    const names = this.#names ?? new Map<string, number>();
    if (!names.has(name) && names.size >= this.#maxPools) {
      const message = `the cluster has ${names.size} agent pools of at most ${this.#maxPools}`;
      throw new CloudError({ reason: "PoolLimitReached", message });
    }
    if (!names.has(name)) names.set(name, this.#clock.monotonicMs());
  }

  /** The pool was refused. */
  giveBack(name: string): void {
    this.#names?.delete(name);
  }

  #stale(): boolean {
    if (this.#names === undefined) return true;
    const near = this.#names.size >= this.#maxPools - MARGIN;
    return this.#clock.monotonicMs() - this.#listedMs > (near ? NEAR_MS : FAR_MS);
  }
}
