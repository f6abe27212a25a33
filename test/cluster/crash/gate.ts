import { ALL_CALLS, type Call, type Owner, type Request } from "./calls.ts";
import { type Answer, type Deliver, Lane } from "./lane.ts";

/**
 * Counts what a process asks of the world, whichever proxy it comes through, and stands still at one call: from then on
 * nothing passes, of whichever run it is, until that process is dead and `reopen` is called.
 */
export class Gate {
  readonly #lanes = new Set<Lane>();
  readonly #strangers: string[] = [];
  #shut = false;
  #struck = Promise.withResolvers<Call>();

  /** A further run of the process, whose calls are counted by themselves. */
  lane(owner: Owner = ALL_CALLS): Lane {
    const lane = new Lane(owner);
    this.#lanes.add(lane);
    return lane;
  }

  close(lane: Lane): void {
    this.#lanes.delete(lane);
  }

  /** Calls that belong to no run. */
  strangers(): readonly string[] {
    return this.#strangers;
  }

  /** Resolves with the call at which it stands still. */
  struck(): Promise<Call> {
    return this.#struck.promise;
  }

  isShut(): boolean {
    return this.#shut;
  }

  reopen(): void {
    this.#struck = Promise.withResolvers<Call>();
    this.#shut = false;
  }

  /** Lets a request pass and gives its answer; undefined when whoever asked never gets one. */
  async pass(request: Request, deliver: Deliver): Promise<Answer | undefined> {
    if (this.#shut) return undefined;
    const lane = [...this.#lanes].find((one) => one.owns(request));
    if (lane === undefined) {
      this.#strangers.push(`${request.verb} ${request.path}`);
      return await this.#unlessShut(deliver);
    }
    await lane.precede(request);
    // Another run was struck meanwhile.
    if (this.#shut) return undefined;
    const call = lane.count(request);
    const told = async (): Promise<Answer> => {
      const answer = await deliver();
      call.status = answer.status;
      return answer;
    };
    const mode = lane.strike(call, told);
    if (mode === undefined) return await this.#unlessShut(told);
    this.#shut = true;
    if (mode === "after") await told();
    this.#struck.resolve(call);
    return undefined;
  }

  async #unlessShut(deliver: Deliver): Promise<Answer | undefined> {
    const answer = await deliver();
    return this.#shut ? undefined : answer;
  }
}
