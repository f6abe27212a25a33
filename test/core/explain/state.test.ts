import { expect } from "chai";
import { describe, it } from "mocha";
import { stateLines } from "../../../src/cli/explain/state-lines.ts";
import type { LiveState } from "../../../src/core/explain/explanation.ts";
import { stateOf } from "../../../src/core/explain/state.ts";
import { admitted, running, told } from "../plan/worlds.ts";
import { waitingContainer, withContainer } from "../status/situations.ts";

function state(facts: ReturnType<typeof running>): LiveState {
  const found = stateOf(told(facts).workspace?.status);
  if (found === undefined) throw new Error("no state was told");
  return found;
}

describe("explain: what a cluster says of a Workspace", () => {
  it("why it does not run, the next step apart, and that somebody has to mend it", () => {
    const found = state(withContainer(waitingContainer("CreateContainerConfigError", 'secret "hf" not found')));
    expect(found).to.include({ ready: false, stalled: true, reason: "SecretMissing" });
    expect(found.message).to.equal('container model of pod phi-1: secret "hf" not found');
    expect(found.next).to.match(/^create the Secret/);
    expect(stateLines({ ...found, phases: [] }, 80)).to.deep.equal([
      "Stalled: somebody has to mend this, SecretMissing, since 2026-11-22T12:00:00Z",
      '  container model of pod phi-1: secret "hf" not found',
      "  next: create the Secret in the Workspace's namespace; the container starts",
      "    by itself then",
    ]);
  });

  it("that it runs", () => {
    const found = state(running());
    expect(found).to.include({ ready: true, stalled: false, reason: "Running" }).and.not.have.property("next");
    expect(stateLines(found, 80)[0]).to.equal("Ready, Running, since 2026-11-22T12:00:00Z");
  });

  it("how long each step of the start took", () => {
    const time = (second: number) => new Date(Date.UTC(2026, 10, 22, 10, 0, second)).toISOString();
    const phases = [
      { type: "Pending", time: time(0) },
      { type: "Node", time: time(90) },
      { type: "GPU", time: time(125) },
    ] as const;
    const { status } = told(running()).workspace ?? admitted();
    const found = stateOf({ ...status, phases: [...phases] });
    expect(found?.phases.map(({ seconds }) => seconds)).to.deep.equal([undefined, 90, 35]);
    expect(stateLines(found as LiveState, 80).at(-1)).to.equal(
      "  start: Pending 2026-11-22T10:00:00.000Z, Node +90 s, GPU +35 s",
    );
  });

  it("nothing before a reconciler has looked", () => {
    expect(stateOf(undefined)).to.equal(undefined);
    expect(stateOf({ observedGeneration: -1 })).to.equal(undefined);
  });
});
