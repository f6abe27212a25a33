/** Lets at most `width` at a time do something, in the order they came. */
export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(width: number) {
    this.#free = width;
  }

  /** Does the work when it is its turn. Throws what it throws, or the signal's reason if that comes before the turn. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#turn(signal);
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  get idle(): boolean {
    return this.#waiting.length === 0 && this.#free > 0;
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      const at = this.#waiting.indexOf(resolve);
      // Not there: it has its turn already, in this very moment.
      if (at === -1) return;
      this.#waiting.splice(at, 1);
      reject(signal.reason);
    };
    this.#waiting.push(resolve);
    signal.addEventListener("abort", leave, { once: true });
    await promise.finally(() => signal.removeEventListener("abort", leave));
  }
}

/** One at a time for each name. */
export class TurnsByName {
  readonly #turns = new Map<string, Turns>();

  async run<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const turns = this.#turns.get(name) ?? new Turns(1);
    this.#turns.set(name, turns);
    try {
      return await turns.run(signal, work);
    } finally {
      if (turns.idle) this.#turns.delete(name);
    }
  }
}
