import { expect } from "chai";
import { describe, it } from "mocha";
import { diagnose } from "../../../src/core/doctor/diagnose.ts";
import type { Facts } from "../../../src/core/doctor/facts.ts";
import type { Finding } from "../../../src/core/doctor/finding.ts";
import { LEVELS } from "../../../src/core/doctor/finding.ts";
import { known, read } from "../../../src/core/doctor/reading.ts";
import { FINDING_IDS, type FindingText, findingTexts } from "../../../src/core/doctor/texts.ts";
import { deployment, HEALTHY, NOW_MS, SYSTEM } from "./facts.ts";
import { SCENARIOS } from "./scenarios.ts";

const badIn = (found: readonly Finding[]) => found.filter(({ level }) => level === "problem" || level === "warning");

describe("doctor", () => {
  it("has nothing to mend in a cluster in which all is well", () => {
    expect(badIn(diagnose(HEALTHY))).to.deep.equal([]);
  });

  for (const { what, change, id, level, seen, next } of SCENARIOS) {
    it(`says ${level} ${id} of ${what}`, () => {
      const found = diagnose({ ...HEALTHY, ...change }).filter((one) => one.id === id && one.level === level);
      const said = found.find((one) => seen.test(one.seen));
      expect(said, JSON.stringify(diagnose({ ...HEALTHY, ...change }).filter((one) => one.id === id))).not.to.equal(
        undefined,
      );
      if (next === undefined) expect(level).not.to.be.oneOf(["problem", "warning"]);
      else expect(said?.next).to.match(next);
    });
  }

  it("has a case for every level that its page lists, and no level that the page does not list", () => {
    const listed = Object.entries<FindingText>(findingTexts).flatMap(([id, text]) =>
      (["problem", "warning", "note"] as const).flatMap((level) =>
        text[level] === undefined ? [] : [`${level} ${id}`],
      ),
    );
    const cases = [HEALTHY, ...SCENARIOS.map(({ change }) => ({ ...HEALTHY, ...change }))];
    const said = cases.flatMap((facts) => diagnose(facts)).filter(({ level }) => level !== "ok");
    expect(new Set(said.map(({ level, id }) => `${level} ${id}`))).to.deep.equal(new Set(listed));
  });

  it("names a next step in everything that is to be mended", () => {
    const all = SCENARIOS.flatMap(({ change }) => badIn(diagnose({ ...HEALTHY, ...change })));
    expect(all.filter(({ next }) => next === undefined)).to.deep.equal([]);
  });

  it("says the worst first, each in the order of its page, whatever the order of facts", () => {
    const change = Object.assign({}, ...SCENARIOS.slice(0, 40).map((one) => one.change)) as {
      -readonly [K in keyof Facts]?: Facts[K];
    };
    const twice = ["b", "a"].map((name) => deployment(name, { labels: { "app.kubernetes.io/name": "workspace" } }));
    change.deployments = read([...twice, ...(known(change.deployments) ?? [])]);
    const found = diagnose({ ...HEALTHY, ...change });
    const rank = found.map(({ id, level }) => LEVELS.indexOf(level) * 100 + FINDING_IDS.indexOf(id));
    expect(rank).to.deep.equal([...rank].sort((a, b) => a - b));
    const turned = Object.fromEntries(
      Object.entries({ ...HEALTHY, ...change }).map(([key, fact]) => [key, reversed(fact)]),
    ) as unknown as Facts;
    expect(diagnose(turned)).to.deep.equal(found);
  });

  it("says nothing of what was not asked", () => {
    expect(diagnose({ nowMs: NOW_MS, namespace: SYSTEM, gpuSizes: [] })).to.deep.equal([]);
  });

  it("takes whatever a cluster answers", () => {
    const odd = [
      {},
      { metadata: null },
      { metadata: { name: 7 }, spec: [], webhooks: "x" },
      { spec: { versions: [null] } },
    ];
    const lists = [
      "webhooks",
      "deployments",
      "daemonSets",
      "nodes",
      "claims",
      "storageClasses",
      "policies",
      "bindings",
    ];
    const single = ["definition", "claimDefinition", "lease"];
    for (const one of odd) {
      const facts = Object.fromEntries([
        ...lists.map((key) => [key, { kind: "read", value: [one] }]),
        ...single.map((key) => [key, { kind: "read", value: one }]),
      ]);
      expect(() => diagnose({ ...HEALTHY, ...facts } as unknown as Facts)).not.to.throw();
    }
  });
});

function reversed(fact: unknown): unknown {
  const list = typeof fact === "object" && fact !== null && "value" in fact ? fact.value : undefined;
  return Array.isArray(list) ? { kind: "read", value: list.toReversed() } : fact;
}
