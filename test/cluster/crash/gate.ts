/** One request of the process under test that changes something outside of it. */
export interface Call {
  readonly verb: string;
  readonly path: string;
  /** Status of the answer; absent while there is none. */
  status?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

/**
 * `before`: the request never arrives. `after`: it arrives, its answer does not. `late`: it arrives when the process that
 * sent it is dead and its successor is about to ask the same, as a request in a slow network does.
 */
export type Mode = "before" | "after" | "late";
export const MODES: readonly Mode[] = ["before", "after", "late"];

/** The call at which the process dies: the n-th, counted from 1, or the first that is like this. */
export interface Strike {
  readonly mode: Mode;
  readonly at: number | ((call: Call) => boolean);
}

interface Held {
  readonly call: Call;
  readonly deliver: () => Promise<Answer>;
}

/**
 * Counts what a process asks of the world, whichever proxy it comes through, and stands still at one call: from then on
 * nothing passes until that process is dead and `reopen` is called.
 */
export class Gate {
  #calls: Call[] = [];
  #strike: Strike | undefined;
  #shut = false;
  #late: Held | undefined;
  #struck = Promise.withResolvers<Call>();
  #lastMs = 0;

  /** Counts anew. */
  begin(strike?: Strike): void {
    this.#calls = [];
    this.#strike = strike;
    this.#late = undefined;
    this.#struck = Promise.withResolvers<Call>();
  }

  calls(): readonly Call[] {
    return this.#calls;
  }

  /** Resolves with the call at which it stands still. */
  struck(): Promise<Call> {
    return this.#struck.promise;
  }

  isShut(): boolean {
    return this.#shut;
  }

  /** How long nothing was asked. */
  quietMs(): number {
    return performance.now() - this.#lastMs;
  }

  reopen(): void {
    this.#shut = false;
  }

  /** Lets a call pass and gives its answer; undefined when whoever asked never gets one. */
  async pass(call: Call, deliver: () => Promise<Answer>): Promise<Answer | undefined> {
    if (this.#shut) return undefined;
    this.#lastMs = performance.now();
    const held = { call, deliver: () => answered(call, deliver) };
    if (this.#late !== undefined && isLike(this.#late.call, call)) await this.deliverLate();
    this.#calls.push(call);
    if (!this.#isStruck(call)) {
      const answer = await held.deliver();
      return this.#shut ? undefined : answer;
    }
    this.#shut = true;
    if (this.#strike?.mode === "after") await held.deliver();
    if (this.#strike?.mode === "late") this.#late = held;
    this.#strike = undefined;
    this.#struck.resolve(call);
    return undefined;
  }

  /** What was held back arrives at last; nothing where nothing is. */
  async deliverLate(): Promise<void> {
    const held = this.#late;
    this.#late = undefined;
    if (held !== undefined) await held.deliver();
  }

  #isStruck(call: Call): boolean {
    const at = this.#strike?.at;
    if (at === undefined) return false;
    return typeof at === "number" ? this.#calls.length === at : at(call);
  }
}

async function answered(call: Call, deliver: () => Promise<Answer>): Promise<Answer> {
  const answer = await deliver();
  call.status = answer.status;
  return answer;
}

function isLike(one: Call, other: Call): boolean {
  return one.verb === other.verb && one.path === other.path;
}
