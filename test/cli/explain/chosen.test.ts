import { expect } from "chai";
import { describe, it } from "mocha";
import { ambiguous, choiceOf, isChosen } from "../../../src/cli/explain/chosen.ts";
import { UsageError } from "../../../src/option.ts";

const kaitos = { namespace: "models", name: "phi" };
const ours = { ...kaitos, group: "foresail.dev" };
const other = { namespace: "elsewhere", name: "phi", group: "foresail.dev" };

describe("explain: which Workspace is meant", () => {
  const chosen = (given: string): readonly object[] =>
    [kaitos, ours, other].filter((one) => isChosen(one, choiceOf(given)));

  it("takes what kubectl takes: a name, or a type with or without group and version before it", () => {
    expect(chosen("phi")).to.deep.equal([kaitos, ours, other]);
    for (const given of ["workspaces/phi", "workspace/phi", "wk/phi", "WK/phi"]) {
      expect(chosen(given), given).to.deep.equal([kaitos, ours, other]);
    }
    for (const given of ["workspaces.foresail.dev/phi", "wk.foresail.dev/phi", "workspaces.v1beta1.foresail.dev/phi"]) {
      expect(chosen(given), given).to.deep.equal([ours, other]);
    }
    expect(chosen("workspace.kaito.sh/phi")).to.deep.equal([kaitos]);
    expect(chosen("other")).to.deep.equal([]);
  });

  it("refuses what is no Workspace, with the ways to name one", () => {
    for (const given of ["pods/phi", "workspaces.kaito/phi", "workspaces.v2.kaito.sh/phi", "wk/phi/status", "/phi"]) {
      expect(() => choiceOf(given), given).to.throw(UsageError, /workspaces\.kaito\.sh or workspaces\.foresail\.dev$/);
    }
  });

  it("says of a name that both groups have how one is chosen, and of no other", () => {
    expect(ambiguous([kaitos, ours, other])).to.deep.equal([
      "models/phi is in kaito.sh and foresail.dev; one of them: -w workspaces.kaito.sh/phi, -w workspaces.foresail.dev/phi",
    ]);
    expect(ambiguous([kaitos, other])).to.deep.equal([]);
    expect(ambiguous([ours, ours])).to.deep.equal([]);
  });
});
