import { expect } from "chai";
import { describe, it } from "mocha";
import { type CaseFile, offline, shippedCases, usersCases } from "../../support/policies/cases.ts";

/** The same cases go to the API server in test/cluster/policies/cases.test.ts, which compares the whole messages. */
function judged(files: readonly CaseFile[]): void {
  for (const file of files) {
    for (const one of file.cases) {
      it(`${file.name}: ${one.name}`, () => {
        const issues = offline(file, one, "models");
        const denials = issues.filter(({ code }) => code === "policy/denied").map(({ message }) => message);
        const warned = issues.filter(({ code }) => code === "policy/warned").map(({ message }) => message);
        expect(issues.filter(({ code }) => code === "policy/not-judged")).to.deep.equal([]);
        expect(denials.length === 0, denials.join("; ")).to.equal(one.allowed);
        if (one.message !== undefined) expect([...denials, ...warned].join("\n")).to.include(one.message);
        else expect(warned).to.deep.equal([]);
      });
    }
  }
}

describe("the shipped policies, judged offline", () => judged(shippedCases()));

describe("policies of others, judged offline", () => judged(usersCases()));

describe("the shipped policies, of a Workspace that KAITO serves", () => {
  for (const file of shippedCases()) {
    it(`${file.name}: none of them is denied, for they have no expansion`, () => {
      const denied = file.cases.filter(({ allowed, message }) => !allowed && !message?.startsWith("must be"));
      const said = denied.flatMap((one) => offline(file, one, "models", ({ expansion: _, ...kaitos }) => kaitos));
      expect(said.map(({ message }) => message)).to.deep.equal([]);
    });
  }
});
