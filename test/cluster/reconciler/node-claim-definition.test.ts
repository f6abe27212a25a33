import { expect } from "chai";
import { describe, it } from "mocha";
import { customResourceDefinition } from "../../../src/core/kinds/kind.ts";
import { nodeClaimKind } from "../../../src/core/kinds/node-claim.ts";
import { kubectl } from "../support/cluster.ts";

describe("our NodeClaim definition, judged by the API server", () => {
  it("is accepted: structural, and its rule within the cost that is allowed", async () => {
    // Under another group, because Karpenter's own definition is there and is never replaced.
    const definition = customResourceDefinition(nodeClaimKind, "claims.example.test");
    const result = await kubectl(
      ["create", "--dry-run=server", "--validate=strict", "-f", "-"],
      JSON.stringify(definition),
    );
    expect(result.stderr).to.equal("");
    expect(result.code).to.equal(0);
  });
});
