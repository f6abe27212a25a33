import { expect } from "chai";
import { before, describe, it } from "mocha";
import { createAuthority } from "../../webhook/certificates.ts";
import { createTrust, type Now } from "../../webhook/trust.ts";

const TIMING = { settleMs: 10_000, keptMs: 3_600_000 };
const wallMs = Date.now();
const at = (seconds: number): Now => ({ monotonicMs: seconds * 1000, wallMs: wallMs + seconds * 1000 });

describe("what API servers trust", () => {
  let [old, next, third] = ["", "", ""];
  before(async () => {
    const made = await Promise.all([1, 2, 3].map(() => createAuthority(wallMs)));
    [old, next, third] = made.map(({ cert }) => cert) as [string, string, string];
  });

  /** A replica's look: what it reads, then what it writes. */
  const look = (trust: ReturnType<typeof createTrust>, read: readonly string[], needed: string[], now: Now): string => {
    trust.see(read, now);
    const bundle = trust.bundle(needed, now);
    trust.see(
      read.map(() => bundle),
      now,
    );
    return bundle;
  };

  it("is settled at once where nobody was trusted before, where it was found, and where nobody calls", () => {
    const fresh = createTrust(TIMING);
    expect(look(fresh, ["", ""], [old], at(0))).to.equal(old);
    expect(fresh.isSettled(old, at(0)), "first installation").to.equal(true);
    const restarted = createTrust(TIMING);
    look(restarted, [old, old], [old], at(0));
    expect(restarted.isSettled(old, at(0)), "restart").to.equal(true);
    const alone = createTrust(TIMING);
    look(alone, [], [old], at(0));
    expect(alone.isSettled(old, at(0)), "no configuration").to.equal(true);
  });

  it("is settled after the time API servers have to read a new CA, in every webhook", () => {
    const trust = createTrust(TIMING);
    look(trust, [old, old], [old], at(0));
    const both = look(trust, [old, old], [next + old], at(100));
    expect(both).to.equal(next + old);
    expect(trust.isSettled(next + old, at(100))).to.equal(false);
    look(trust, [both, both], [next + old], at(109));
    expect(trust.isSettled(next + old, at(109))).to.equal(false);
    look(trust, [both, both], [next + old], at(110));
    expect(trust.isSettled(next + old, at(110))).to.equal(true);
  });

  it("starts anew when somebody takes the CA out of one webhook", () => {
    const trust = createTrust(TIMING);
    look(trust, [old, old], [old], at(0));
    look(trust, [old, old], [next, old], at(100));
    look(trust, [next + old, old], [next, old], at(109));
    expect(trust.isSettled(next, at(115))).to.equal(false);
    expect(trust.isSettled(next, at(119))).to.equal(true);
  });

  it("keeps for an hour a CA that another replica may still serve with, and not longer", () => {
    const trust = createTrust(TIMING);
    expect(look(trust, [old, old], [next], at(0)), "found at the start").to.equal(next + old);
    expect(look(trust, [next + old, next + old], [next], at(3_599))).to.equal(next + old);
    expect(look(trust, [next + old, next + old], [next], at(3_600))).to.equal(next);
    // Somebody else, who still needs it, puts it back: it stays.
    expect(look(trust, [next + old, next + old], [next], at(3_700))).to.equal(next + old);
  });

  it("counts the hour from when this replica needed it last", () => {
    const trust = createTrust(TIMING);
    for (const s of [0, 5_000, 10_000]) look(trust, [old, old], [old], at(s));
    look(trust, [old, old], [next, old], at(10_010));
    expect(look(trust, [next + old, next + old], [next], at(10_020))).to.equal(next + old);
    expect(look(trust, [next + old, next + old], [next], at(13_500))).to.equal(next + old);
    expect(look(trust, [next + old, next + old], [next], at(13_700))).to.equal(next);
  });

  it("is written alike by replicas that keep the same", () => {
    const [a, b] = [createTrust(TIMING), createTrust(TIMING)];
    expect(look(a, [old + third], [next], at(0))).to.equal(look(b, [third + old], [next], at(0)));
  });

  it("never includes what has ended or is no certificate", async () => {
    const ended = (await createAuthority(wallMs - 10_000, 5_000)).cert;
    const trust = createTrust(TIMING);
    expect(look(trust, [`${ended}rubbish`], [next], at(0))).to.equal(next);
  });
});
