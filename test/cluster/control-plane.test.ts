import { expect } from "chai";
import { describe, it } from "mocha";
import { mustKubectl } from "./support/cluster.ts";

describe("the local control plane", () => {
  it("is Kubernetes v1.36.3", async () => {
    const { serverVersion } = JSON.parse(await mustKubectl(["version", "-o", "json"]));
    expect(serverVersion.gitVersion).to.equal("v1.36.3");
  });
});
