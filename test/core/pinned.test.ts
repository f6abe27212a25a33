import { expect } from "chai";
import { describe, it } from "mocha";
import type { Workspace } from "../../src/core/kinds/workspace.ts";
import { asPinned } from "../../src/core/pinned.ts";

const stored = (annotations?: Readonly<Record<string, string>>): Workspace =>
  ({
    apiVersion: "kaito.sh/v1beta1",
    kind: "Workspace",
    metadata: { name: "a", namespace: "b", ...(annotations === undefined ? {} : { annotations }) },
    inference: { preset: { name: "phi-4" } },
    expansion: { catalog: "2026.11.0" },
  }) as unknown as Workspace;

describe("a Workspace for a backup", () => {
  it("states the release that made its expansion, and no expansion", () => {
    const pinned = asPinned(stored({ team: "x" }));
    expect(pinned).not.to.have.property("expansion");
    expect(pinned.metadata.annotations).to.deep.equal({ team: "x", "foresail.dev/catalog": "2026.11.0" });
    expect(asPinned(stored()).metadata.annotations).to.deep.equal({ "foresail.dev/catalog": "2026.11.0" });
  });

  it("keeps what its user said of releases", () => {
    const follows = { "foresail.dev/upgrade": "follow" };
    expect(asPinned(stored(follows)).metadata.annotations).to.deep.equal(follows);
    const pin = { "foresail.dev/catalog": "2026.10.0" };
    expect(asPinned(stored(pin)).metadata.annotations).to.deep.equal(pin);
  });

  it("is the same once more", () => {
    const once = asPinned(stored());
    expect(asPinned(once)).to.deep.equal(once);
  });
});
