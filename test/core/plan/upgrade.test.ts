import { expect } from "chai";
import { describe, it } from "mocha";
import { expand } from "../../../src/core/expand.ts";
import type { Expansion, Workspace } from "../../../src/core/kinds/workspace.ts";
import { upgradeOf } from "../../../src/core/plan/upgrade.ts";
import { loadCatalogue } from "../../../src/load.ts";

describe("the offer of a newer expansion", () => {
  const catalogue = loadCatalogue();
  const { id } = catalogue.current;
  const workspace = {
    apiVersion: "kaito.sh/v1beta1",
    kind: "Workspace",
    metadata: { name: "phi", namespace: "models" },
    resource: { instanceType: "Standard_NC24ads_A100_v4", labelSelector: { matchLabels: { app: "phi" } } },
    inference: { preset: { name: "phi-4" } },
  } as unknown as Workspace;
  const { expansion } = expand(workspace, catalogue);
  const stored = (catalog: string) => ({ ...expansion, catalog, nodeCount: 7 }) as Expansion;

  it("names the running release where an earlier one made what is stored", () => {
    for (const earlier of ["2026.10.9", "2025.12.0", "2026.9.30"]) {
      expect(upgradeOf(workspace, stored(earlier), catalogue), earlier).to.deep.equal({
        release: id,
        restarts: false,
        changes: ["nodeCount"],
      });
    }
  });

  it("is not made where a later release made it: going back is no upgrade", () => {
    for (const later of ["2026.11.1", "2026.12.0", "2027.1.0", "2026.11.10+0123abcd"]) {
      expect(upgradeOf(workspace, stored(later), catalogue), later).to.equal(undefined);
    }
  });

  it("is made where only the users' files differ", () => {
    expect(upgradeOf(workspace, stored(`${id}+0123abcd`), catalogue)).to.have.property("release", id);
  });

  it("is not made where nothing would change", () => {
    const same = { ...expansion, catalog: "2026.1.0" } as Expansion;
    expect(upgradeOf(workspace, same, catalogue)).to.equal(undefined);
  });
});
