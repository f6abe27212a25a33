/** What came of one look at a key. */
export type Outcome =
  /** Look again after this time at the latest; absent: at the next resynchronisation. */
  { readonly kind: "done"; readonly againMs?: number } | { readonly kind: "failed" };

export interface QueueTiming {
  /** A batch of changes is over when none came for this long, … */
  readonly idleMs: number;
  /** … and at the latest after this long, so that a stream of changes starves nobody. */
  readonly maxMs: number;
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  /** Every key is looked at this often even if nothing tells of a change: watches can miss what they do not watch. */
  readonly resyncMs: number;
}

export const QUEUE_TIMING: QueueTiming = {
  idleMs: 200,
  maxMs: 2_000,
  backoffMinMs: 500,
  backoffMaxMs: 60_000,
  resyncMs: 300_000,
};

export interface QueueOptions {
  readonly run: (key: string) => Promise<Outcome>;
  /** Keys looked at at the same time; one key never twice at once. */
  readonly concurrency: number;
  readonly timing?: QueueTiming;
  /** Between 0 and 1; spreads retries. Default Math.random. */
  readonly random?: () => number;
}

export interface Queue {
  /** Look at the key soon. `batch`: others like it are expected, wait for them a moment. */
  add(key: string, batch?: boolean): void;
  /** Forgets a key: its object is gone. */
  drop(key: string): void;
  /** How many keys are due, looked at, and waiting after a failure. */
  depth(): { readonly due: number; readonly running: number; readonly failing: number };
  /** Looks at nothing any more; resolves when what runs has ended. */
  stop(): Promise<void>;
}

interface Entry {
  timer: NodeJS.Timeout | undefined;
  /** When the first change of the batch came. */
  sinceMs: number | undefined;
  state: "waiting" | "due" | "running";
  /** A change came while the key was being looked at; `batch`: of a sort of which more are expected. */
  again: "no" | "batch" | "now";
  dropped: boolean;
  failures: number;
}

/** One entry for each key, whatever number of changes came: a key is only a name, the world is read afresh. */
export function createQueue(options: QueueOptions): Queue {
  return new KeyQueue(options);
}

class KeyQueue implements Queue {
  readonly #options: QueueOptions;
  readonly #timing: QueueTiming;
  readonly #entries = new Map<string, Entry>();
  readonly #due: string[] = [];
  #running = 0;
  #ended: PromiseWithResolvers<void> | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#timing = options.timing ?? QUEUE_TIMING;
  }

  add(key: string, batch = false): void {
    if (this.#ended !== undefined) return;
    const entry = this.#entry(key);
    entry.dropped = false;
    if (entry.state === "running" && entry.again !== "now") entry.again = batch ? "batch" : "now";
    // Pods that come and go must not shorten the pause after a failure; a change of the Workspace itself does.
    if (entry.state !== "waiting" || (batch && entry.failures > 0)) return;
    this.#schedule(key, entry, batch ? this.#batchMs(entry) : 0);
  }

  drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.dropped = true;
  }

  depth(): { readonly due: number; readonly running: number; readonly failing: number } {
    const failing = [...this.#entries.values()].filter(({ state, failures }) => state === "waiting" && failures > 0);
    return { due: this.#due.length, running: this.#running, failing: failing.length };
  }

  async stop(): Promise<void> {
    this.#ended ??= Promise.withResolvers<void>();
    for (const entry of this.#entries.values()) clearTimeout(entry.timer);
    if (this.#running === 0) this.#ended.resolve();
    await this.#ended.promise;
  }

  #entry(key: string): Entry {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const entry: Entry = {
      timer: undefined,
      sinceMs: undefined,
      state: "waiting",
      again: "no",
      dropped: false,
      failures: 0,
    };
    this.#entries.set(key, entry);
    return entry;
  }

  #batchMs(entry: Entry): number {
    const nowMs = performance.now();
    entry.sinceMs ??= nowMs;
    return Math.max(0, Math.min(this.#timing.idleMs, entry.sinceMs + this.#timing.maxMs - nowMs));
  }

  #schedule(key: string, entry: Entry, afterMs: number): void {
    clearTimeout(entry.timer);
    entry.state = "waiting";
    entry.timer = setTimeout(() => {
      entry.state = "due";
      this.#due.push(key);
      this.#startNext();
    }, afterMs);
  }

  #startNext(): void {
    while (this.#ended === undefined && this.#running < this.#options.concurrency) {
      const key = this.#due.shift();
      if (key === undefined) return;
      void this.#look(key, this.#entry(key));
    }
  }

  async #look(key: string, entry: Entry): Promise<void> {
    this.#running++;
    Object.assign(entry, { state: "running", again: "no", sinceMs: undefined });
    // The runner reports its own failures; a throw is only one more kind of them.
    const outcome = await this.#options.run(key).catch((): Outcome => ({ kind: "failed" }));
    this.#running--;
    if (this.#ended !== undefined) {
      if (this.#running === 0) this.#ended.resolve();
      return;
    }
    this.#after(key, entry, outcome);
    this.#startNext();
  }

  #after(key: string, entry: Entry, outcome: Outcome): void {
    entry.state = "waiting";
    if (outcome.kind === "failed") {
      entry.failures++;
      this.#schedule(key, entry, this.#backoffMs(entry.failures));
      return;
    }
    entry.failures = 0;
    // What came during a look is the first of the next batch: looks without a pause would only compete with each other.
    if (entry.again !== "no") this.#schedule(key, entry, entry.again === "batch" ? this.#batchMs(entry) : 0);
    else if (entry.dropped) this.#entries.delete(key);
    else this.#schedule(key, entry, this.#pauseMs(outcome.againMs));
  }

  #pauseMs(againMs: number | undefined): number {
    const resyncMs = this.#timing.resyncMs * (1 + this.#random() / 10);
    return Math.min(againMs ?? resyncMs, resyncMs);
  }

  #backoffMs(failures: number): number {
    const { backoffMinMs, backoffMaxMs } = this.#timing;
    const full = Math.min(backoffMaxMs, backoffMinMs * 2 ** (failures - 1));
    return full * (0.5 + this.#random() / 2);
  }

  #random(): number {
    return (this.#options.random ?? Math.random)();
  }
}
