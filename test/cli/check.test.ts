import { expect } from "chai";
import { describe, it } from "mocha";
import { foresail } from "./support/program.ts";

const head = "apiVersion: kaito.sh/v1beta1\nkind: Workspace\nmetadata:\n  name: phi\n";
const good = `${head}resource:\n  instanceType: Standard_NC24ads_A100_v4\n  labelSelector: {}\ninference:\n  preset:\n    name: phi-4\n`;

describe("foresail check", () => {
  it("passes the examples, with their warnings and a summary", async () => {
    const { code, stdout } = await foresail(["check", "examples"]);
    expect(code).to.equal(0);
    expect(stdout).to.match(/\.yaml:\d+ warning context\/cut context cut to 9584/);
    expect(stdout).to.match(/\n4 workspaces, 0 errors, \d+ warnings, catalogue 2026\.11\.0\n$/);
  });

  it("finds a field that does not exist, at its line", async () => {
    const { code, stdout } = await foresail(["check", "-"], { input: good.replace("instanceType", "instanceTyp") });
    expect(code).to.equal(1);
    expect(stdout).to.match(/^\S+:6 error schema\/unknown-field resource\.instanceTyp is not a known field/);
    expect(stdout).to.match(/\n1 workspaces, 1 errors, 0 warnings, catalogue/);
  });

  it("says what admission would refuse, in admission's words", async () => {
    const { code, stdout } = await foresail(["check", "-"], { input: good.replace("phi-4", "phi-5") });
    expect(code).to.equal(1);
    expect(stdout).to.match(/^\S+:10 error preset\/unknown inference\.preset\.name "phi-5" is not in catalogue/);
  });

  it("ends with 2 when a path is not there, and with 0 and a summary when there is nothing of ours", async () => {
    expect((await foresail(["check", "nowhere"])).code).to.equal(2);
    const nothing = await foresail(["check", "-"], { input: "apiVersion: v1\nkind: Pod\n" });
    expect([nothing.code, nothing.stdout]).to.deep.equal([
      0,
      "0 workspaces, 0 errors, 0 warnings, catalogue 2026.11.0\n",
    ]);
  });
});
