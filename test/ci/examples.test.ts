import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { packageRoot } from "../../src/package-root.ts";
import { expectGolden } from "../cli/support/golden.ts";
import { foresailHere } from "../cli/support/here.ts";

/** `make check` compares the same, so that CI shows the difference also where no test has run. */
describe("the examples of this repository", () => {
  it("are what check says of them in test/cases/ci/examples.txt, and no more", async () => {
    const { code, stdout, stderr } = await foresailHere(["check", "-o", "text", "examples"]);
    expect([code, stderr]).to.deep.equal([0, ""]);
    expectGolden(join(packageRoot(), "test/cases/ci/examples.txt"), stdout);
  });
});
