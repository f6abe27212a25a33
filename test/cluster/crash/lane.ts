import type { Call, Owner, Request } from "./calls.ts";

/**
 * `before`: the request never arrives. `after`: it arrives, its answer does not. `late`: it arrives when the process that
 * sent it is dead and its successor is about to ask the same, as a request in a slow network does.
 */
export type Mode = "before" | "after" | "late";
export const MODES: readonly Mode[] = ["before", "after", "late"];

/** The call at which the process dies: the n-th, counted from 1, the one of this name, or the first that is like this. */
export interface Strike {
  readonly mode: Mode;
  readonly at: number | string | ((call: Call) => boolean);
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

export type Deliver = () => Promise<Answer>;

/** The calls of one run, in their order, and the one of them at which the process dies. */
export class Lane {
  readonly #owner: Owner;
  #calls: Call[] = [];
  #strike: Strike | undefined;
  #struck: Call | undefined;
  #late: { readonly call: Call; readonly deliver: Deliver } | undefined;
  #lastMs = performance.now();

  constructor(owner: Owner) {
    this.#owner = owner;
  }

  /** Counts anew. */
  begin(strike?: Strike): void {
    this.#calls = [];
    this.#strike = strike;
    this.#struck = undefined;
    this.#late = undefined;
  }

  calls(): readonly Call[] {
    return this.#calls;
  }

  /** The call at which the process died; undefined as long as it did not. */
  struck(): Call | undefined {
    return this.#struck;
  }

  /** From now on nobody dies for its sake. */
  spare(): void {
    this.#strike = undefined;
  }

  /** How long nothing was asked. */
  quietMs(): number {
    return performance.now() - this.#lastMs;
  }

  /** What was held back arrives at last; nothing where nothing is. */
  async deliverLate(): Promise<void> {
    const held = this.#late;
    this.#late = undefined;
    if (held !== undefined) await held.deliver();
  }

  owns(request: Request): boolean {
    return this.#owner.owns(request);
  }

  /** For the gate: what was held back and is asked again arrives first. */
  async precede({ verb, path }: Request): Promise<void> {
    this.#lastMs = performance.now();
    const late = this.#late?.call;
    if (late?.verb === verb && late.path === path) await this.deliverLate();
  }

  /** For the gate: counts a request. */
  count({ verb, path }: Request): Call {
    const what = `${verb} ${this.#owner.plain(path)}`;
    const nth = this.#calls.filter(({ name }) => name.startsWith(`${what} #`)).length + 1;
    const call: Call = { verb, path, name: `${what} #${nth}` };
    this.#calls.push(call);
    return call;
  }

  /** For the gate: how the process dies at this call, which is the last in question; undefined where it lives on. */
  strike(call: Call, deliver: Deliver): Mode | undefined {
    const { at, mode } = this.#strike ?? {};
    if (at === undefined) return undefined;
    const isMeant =
      typeof at === "number" ? this.#calls.length === at : typeof at === "string" ? call.name === at : at(call);
    if (!isMeant) return undefined;
    this.#strike = undefined;
    this.#struck = call;
    if (mode === "late") this.#late = { call, deliver };
    return mode;
  }
}
