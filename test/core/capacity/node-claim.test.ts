import { expect } from "chai";
import { describe, it } from "mocha";
import { planCapacity } from "../../../src/core/capacity/plan-capacity.ts";
import { nodeClaimSchema } from "../../../src/core/kinds/node-claim.ts";
import { validator } from "../../../src/core/schema.ts";
import { question } from "./facts.ts";

describe("our NodeClaim definition", () => {
  const validate = validator(nodeClaimSchema);

  it("takes the claims we make", () => {
    for (const claim of planCapacity(question()).create) expect(validate(claim, "")).to.deep.equal([]);
  });

  it("refuses what Karpenter's refuses", () => {
    const wrong = { spec: { nodeClassRef: { group: "a", kind: "b" }, requirements: [{ key: "x", operator: "Is" }] } };
    const paths = validate(wrong, "").map((issue) => issue.path);
    expect(paths).to.include.members(["spec.nodeClassRef.name", "spec.requirements[0].operator"]);
  });
});
