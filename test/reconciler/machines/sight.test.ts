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
  /** What there is. */
  machines: readonly Machine[];
  /** What a list gives, where that is a part. */
  part: readonly Machine[] | undefined;
  refusals: { [verb: string]: CloudError };
}

/** A cloud whose answers are the test's, with what it was asked. */
function recorded(): Recorded {
  const { clock, advance } = handClock();
  const calls: string[] = [];
  const made: Recorded = {
    calls,
    advance,
    machines: [machine()],
    part: undefined,
    refusals: {},
    sight: createSight(
      {
        list: async () => answer("list", () => made.part ?? made.machines),
        names: async () => answer("names", () => new Set(["system", ...made.machines.map(({ name }) => name)])),
        get: async (name) => answer(`get ${name}`, () => made.machines.find((one) => one.name === name)),
        create: async ({ name }) => answer(`create ${name}`, () => undefined),
        remove: async ({ name }) => answer(`remove ${name}`, () => undefined),
      },
      clock,
    ),
  };
  async function answer<T>(call: string, value: () => T): Promise<T> {
    calls.push(call);
    const refusal = made.refusals[call.split(" ")[0] ?? ""];
    if (refusal !== undefined) throw refusal;
    return value();
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

  it("one list and one answer about names tell of all that are gone", async () => {
    const { sight, calls } = recorded();
    const names = Array.from({ length: 50 }, (_, i) => `c${i}`);
    const looks = await Promise.all(names.map((name) => sight.look(name, signal)));
    expect(looks.every(({ kind }) => kind === "absent")).to.equal(true);
    expect(calls).to.deep.equal(["list", "names"]);
  });

  it("what a list lacks, or saw going, is told from one that is two seconds old at most", async () => {
    for (const machines of [[], [machine({ state: "deleting" })]]) {
      const of = recorded();
      of.machines = machines;
      await of.sight.look("c0123456789a", signal);
      of.advance(1_999);
      await of.sight.look("c0123456789a", signal);
      expect(of.calls.filter((call) => call === "list")).to.have.length(1);
      of.advance(1);
      of.machines = [machine()];
      const look = await of.sight.look("c0123456789a", signal);
      expect(look.kind === "seen" && look.machine.state).to.equal("running");
    }
  });

  it("N7: a list without it is not enough: what the cloud's names have is asked for by its name", async () => {
    for (const part of [[], [machine({ name: "system" })]]) {
      const of = recorded();
      of.part = part;
      expect((await of.sight.look("c0123456789a", signal)).kind).to.equal("seen");
      expect(of.calls).to.deep.equal(["list", "names", "get c0123456789a"]);
      of.machines = [];
      of.advance(10_000);
      expect(await of.sight.look("c0123456789a", signal)).to.deep.equal({ kind: "absent" });
    }
  });

  it("N7: where names are not to be had, each that a list lacks is asked for by its name", async () => {
    const of = recorded();
    of.part = [];
    of.refusals = { names: new CloudError(failure("Unavailable")) };
    expect((await of.sight.look("c0123456789a", signal)).kind).to.equal("seen");
    of.machines = [];
    expect((await of.sight.look("c0123456789a", signal)).kind).to.equal("absent");
    expect(of.calls).to.deep.equal(["list", "names", "get c0123456789a", "get c0123456789a"]);
  });

  it("rights on names that were refused are tried again after ten minutes", async () => {
    const of = recorded();
    of.machines = [];
    of.refusals = { names: new CloudError(failure("AuthorizationFailed")) };
    const asked = async (ms: number) => {
      of.advance(ms);
      expect((await of.sight.look("c0123456789a", signal)).kind).to.equal("absent");
      return of.calls.filter((call) => call === "names").length;
    };
    expect([await asked(0), await asked(2_000), await asked(595_000), await asked(3_000)]).to.deep.equal([1, 1, 1, 2]);
  });

  it("N7: a list that fails makes nothing absent, nor does a question by name", async () => {
    for (const verbs of [["list"], ["names", "get"]]) {
      const of = recorded();
      of.machines = [];
      of.refusals = Object.fromEntries(verbs.map((verb) => [verb, new CloudError(failure("Unavailable"))]));
      expect(await of.sight.look("c0123456789a", signal)).to.deep.equal({
        kind: "unknown",
        failure: failure("Unavailable"),
      });
    }
  });

  it("the end of a machine is told by what began after the cloud had accepted to remove it", async () => {
    const of = recorded();
    await of.sight.look("c0123456789a", signal);
    of.advance(1_000);
    of.machines = [];
    await of.sight.look("c1", signal);
    of.machines = [machine()];
    await of.sight.remove(machine(), signal);
    // The list and the names of this very moment lack it.
    const look = await of.sight.look("c0123456789a", signal);
    expect(look.kind === "seen" && look.machine.state).to.equal("deleting");
    of.machines = [];
    of.advance(2_000);
    expect(await of.sight.look("c0123456789a", signal)).to.deep.equal({ kind: "absent" });
  });

  it("what changed before it could be removed is listed anew", async () => {
    const of = recorded();
    await of.sight.look("c0123456789a", signal);
    of.refusals = { remove: new CloudError(failure("OperationInProgress")) };
    await of.sight.remove(machine(), signal).catch(() => {});
    of.machines = [machine({ etag: "e2" })];
    const look = await of.sight.look("c0123456789a", signal);
    expect(look.kind === "seen" && look.machine.etag).to.equal("e2");
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
