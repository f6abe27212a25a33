import { expect } from "chai";
import { describe, it } from "mocha";
import { aksArguments, aksFlags, azureEnvironment } from "../../../src/cli/aks-flags.ts";
import { defaultOf, type Option, type Values } from "../../../src/option.ts";
import { foresailHere } from "../support/here.ts";

type AksValues = Values<typeof aksFlags>;

const DEFAULTS = Object.fromEntries(
  Object.entries(aksFlags).map(([name, option]) => [name, defaultOf(option as Option)]),
) as unknown as AksValues;

describe("up with the provider aks", () => {
  it("says what is missing before it looks at any cluster", async () => {
    const cluster = ["--kubeconfig", "/nowhere", "--context", "c"];
    const { code, stderr } = await foresailHere(["up", ...cluster, "--provider", "aks", "--region", "eastus"]);
    expect(code).to.equal(2);
    expect(stderr).to.contain("--provider aks needs --subscription, --resource-group, --cluster-name");
  });

  it("hands on what was given, and nothing that holds anyway", () => {
    expect(aksArguments(DEFAULTS)).to.deep.equal([]);
    const given = { ...DEFAULTS, resourceGroup: "my group", maxPods: 30, upgradeInPlace: true, tag: ["a=1", "b=2"] };
    expect(aksArguments(given)).to.deep.equal([
      "--resource-group=my group",
      "--max-pods=30",
      "--upgrade-in-place=true",
      "--tag=a=1",
      "--tag=b=2",
    ]);
  });

  it("hands on what says who signs in, and nothing else of the environment", () => {
    const environment = {
      AZURE_CLIENT_ID: "a",
      IDENTITY_ENDPOINT: "b",
      MSI_SECRET: "c",
      KUBECONFIG: "d",
      AWS_REGION: "e",
    };
    expect(azureEnvironment(environment)).to.deep.equal({
      AZURE_CLIENT_ID: "a",
      IDENTITY_ENDPOINT: "b",
      MSI_SECRET: "c",
    });
  });
});
