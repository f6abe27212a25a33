import { expect } from "chai";
import { describe, it } from "mocha";
import { foresailHere } from "../cli/support/here.ts";
import { foresail } from "../cli/support/program.ts";

const AKS = [
  "--provider=aks",
  "--subscription=00000000-0000-0000-0000-000000000001",
  "--resource-group=g",
  "--cluster-name=k",
  "--region=eastus",
];

describe("foresail reconciler", () => {
  it("explains its options", async () => {
    const { code, stdout } = await foresail(["reconciler", "--help"]);
    expect(code).to.equal(0);
    expect(stdout)
      .to.contain("--empty-node-grace")
      .and.match(/--arm-endpoint/);
  });

  const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["karpenter without a node class", ["--provider=karpenter"], /--node-class is required/],
    [
      "aks without a cluster",
      ["--provider=aks", "--region=eastus"],
      /needs --subscription, --resource-group, --cluster-name\./,
    ],
    ["aks with a tag that is none", [...AKS, "--tag=team"], /--tag must be NAME=VALUE, given "team"/],
    ["aks with an ARM in the clear", [...AKS, "--arm-endpoint=http://arm.example"], /arm\.example/],
    ["aks without anybody who signs in", [...AKS, "--azure-identity=workload-identity"], /AZURE_FEDERATED_TOKEN_FILE/],
    ["a node class that is none", ["--node-class=AKSNodeClass"], /GROUP\/KIND\/NAME, given "AKSNodeClass"/],
    ["an unknown provider", ["--provider=gke"], /provider/],
    [
      "a group without Workspaces",
      ["--provider=byo", "--groups=karpenter.sh"],
      /--groups: "karpenter.sh" has no Workspaces: kaito.sh, foresail.dev/,
    ],
    ["an unknown flag", ["--limit-nodes=3"], /--limits-nodes/],
    ["a limit that is no number", ["--limits-gpus=many"], /limits-gpus/],
  ];
  for (const [title, args, message] of wrong) {
    it(`refuses ${title} with exit code 2`, async () => {
      // One of them as users run it.
      const run = title === "an unknown provider" ? foresail : foresailHere;
      const { code, stderr } = await run(["reconciler", ...args]);
      expect(stderr).to.match(message);
      expect(code).to.equal(2);
    });
  }
});
