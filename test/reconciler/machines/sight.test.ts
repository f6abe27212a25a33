import { expect } from "chai";
import { describe, it } from "mocha";
import { CloudError } from "../../../src/cloud/cloud.ts";
import type { Machine } from "../../../src/core/machine/machine.ts";
import { createSight, type Sight } from "../../../src/reconciler/machines/sight.ts";
import { failure, machine, only, planned } from "../../core/machine/facts.ts";
import { handClock } from "./hand-clock.ts";

const signal = new AbortController().signal;
const { spec } = only(planned(), "createMachine");

interface Recorded {
  readonly sight: Sight;
  readonly calls: string[];
  readonly advance: (ms: number) => void;
  machines: readonly Machine[];
  refusal: CloudError | undefined;
}

/** A cloud whose answers are the test's, with what it was asked. */
function recorded(): Recorded {
  const { clock, advance } = handClock();
  const calls: string[] = [];
  const made: Recorded = {
    calls,
    advance,
    machines: [machine()],
    refusal: undefined,
    sight: createSight(
      {
        list: async () => answer("list", made.machines),
        get: async (name) =>
          answer(
            `get ${name}`,
            made.machines.find((one) => one.name === name),
          ),
        create: async ({ name }) => answer(`create ${name}`, undefined),
        remove: async ({ name }) => answer(`remove ${name}`, undefined),
      },
      clock,
    ),
  };
  function answer<T>(call: string, value: T): T {
    calls.push(call);
    if (made.refusal !== undefined) throw made.refusal;
    return value;
  }
  return made;
}

describe("what the cloud has", () => {
  it("one list answers for all claims, for ten seconds", async () => {
    const { sight, calls, advance } = recorded();
    const looks = await Promise.all(Array.from({ length: 50 }, () => sight.look("c0123456789a", signal)));
    expect(looks.every(({ kind }) => kind === "seen")).to.equal(true);
    expect(calls).to.deep.equal(["list"]);
    advance(9_999);
    await sight.look("c0123456789a", signal);
    expect(calls).to.deep.equal(["list"]);
    advance(1);
    await sight.look("c0123456789a", signal);
    expect(calls).to.deep.equal(["list", "list"]);
  });

  it("N7: a list without it is not enough: what is absent was asked for by its name", async () => {
    const of = recorded();
    of.machines = [];
    expect(await of.sight.look("c0123456789a", signal)).to.deep.equal({ kind: "absent" });
    expect(of.calls).to.deep.equal(["list", "get c0123456789a"]);
    of.machines = [machine()];
    // The list of a moment ago lacked it; the question by name finds it.
    expect((await of.sight.look("c0123456789a", signal)).kind).to.equal("seen");
  });

  it("N7: a list that fails makes nothing absent", async () => {
    const of = recorded();
    of.refusal = new CloudError(failure("Unavailable"));
    expect(await of.sight.look("c0123456789a", signal)).to.deep.equal({
      kind: "unknown",
      failure: failure("Unavailable"),
    });
  });

  it("what was accepted counts until a list that began later says otherwise", async () => {
    const of = recorded();
    of.machines = [];
    await of.sight.look(spec.name, signal);
    await of.sight.create(spec, signal);
    const look = await of.sight.look(spec.name, signal);
    expect(look).to.deep.include({ kind: "seen" });
    expect(look.kind === "seen" && look.machine.state).to.equal("creating");
    of.advance(10_000);
    expect(await of.sight.look(spec.name, signal)).to.deep.equal({ kind: "absent" });
    of.machines = [machine()];
    of.advance(10_000);
    await of.sight.look(spec.name, signal);
    await of.sight.remove(machine(), signal);
    const removed = await of.sight.look(spec.name, signal);
    expect(removed.kind === "seen" && removed.machine.state).to.equal("deleting");
  });
});
