import { expect } from "chai";
import { describe, it } from "mocha";
import { objectAt, textsAt } from "../../../src/core/capacity/fields.ts";
import { customResourceDefinition } from "../../../src/core/kinds/kind.ts";
import { workspaceKind } from "../../../src/core/kinds/workspace.ts";

describe("the definitions of Workspaces", () => {
  const [kaitos, ours] = ["kaito.sh", "foresail.dev"].map((group) => customResourceDefinition(workspaceKind, group));

  it("have the same versions: a Workspace moves by one word", () => {
    expect(objectAt(ours, "spec")["versions"]).to.deep.equal(objectAt(kaitos, "spec")["versions"]);
  });

  it("leave short names and categories to KAITO's group, where people have their Workspaces", () => {
    const words = (of: unknown) => ["shortNames", "categories"].flatMap((field) => textsAt(of, "spec", "names", field));
    expect(words(kaitos)).to.deep.equal(["wk", "wks", "workspace"]);
    expect(words(ours)).to.deep.equal([]);
  });
});
