import { expect } from "chai";
import { describe, it } from "mocha";
import { createAks } from "../../../src/cloud/aks/aks.ts";
import { type Endpoint, endpointOf } from "../../../src/cloud/aks/endpoint.ts";
import { credentialOf, type Identity, identityOf } from "../../../src/cloud/aks/identity.ts";
import { aksProblems } from "../../../src/cloud/aks/problems.ts";
import { systemClock } from "../../../src/kube/clock.ts";
import { UsageError } from "../../../src/option.ts";
import { options } from "./support/provider.ts";

const TENANT = { AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "c" };
const FILE = { AZURE_FEDERATED_TOKEN_FILE: "/var/run/token" };
const SECRET = { AZURE_CLIENT_SECRET: "s" };

describe("who signs in", () => {
  it("is what the environment provides", () => {
    const workload = { kind: "workload-identity", tenantId: "t", clientId: "c", tokenFilePath: "/var/run/token" };
    expect(identityOf({}, { ...TENANT, ...FILE, ...SECRET })).to.deep.equal(workload);
    const principal = { kind: "service-principal", tenantId: "t", clientId: "c", secret: { clientSecret: "s" } };
    expect(identityOf({}, { ...TENANT, ...SECRET })).to.deep.equal(principal);
    const certificate = { AZURE_CLIENT_CERTIFICATE_PATH: "/c.pem", AZURE_CLIENT_CERTIFICATE_PASSWORD: "p" };
    expect(identityOf({}, { ...TENANT, ...certificate })).to.deep.equal({
      ...principal,
      secret: { certificatePath: "/c.pem", password: "p" },
    });
    expect(identityOf({}, {})).to.deep.equal({ kind: "managed-identity" });
    expect(identityOf({}, { AZURE_CLIENT_ID: "c" })).to.deep.equal({ kind: "managed-identity", clientId: "c" });
    const resourceId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i";
    expect(identityOf({ identityResourceId: resourceId }, { ...TENANT, ...FILE })).to.deep.equal({
      kind: "managed-identity",
      resourceId,
    });
  });

  it("is what was asked for, options before the environment", () => {
    const everything = { ...TENANT, ...FILE, ...SECRET };
    const asked = { identity: "service-principal", clientId: "mine", tenantId: "ours" } as const;
    expect(identityOf(asked, everything)).to.deep.include({ clientId: "mine", tenantId: "ours" });
    expect(identityOf({ identity: "managed-identity" }, everything)).to.deep.equal({
      kind: "managed-identity",
      clientId: "c",
    });
  });

  it("or one is told all that is missing, by name", () => {
    expect(identityOf({ identity: "workload-identity" }, {})).to.equal(
      "workload identity: a client id (AZURE_CLIENT_ID), and a tenant id (AZURE_TENANT_ID), and a token (AZURE_FEDERATED_TOKEN_FILE: does the pod carry the label azure.workload.identity/use?) is missing",
    );
    expect(identityOf({ identity: "service-principal" }, TENANT)).to.equal(
      "service principal: a secret (AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH) is missing",
    );
    expect(identityOf({}, FILE)).to.contain("AZURE_TENANT_ID");
    expect(identityOf({ identity: "managed-identity", clientId: "c", identityResourceId: "r" }, {})).to.contain("two");
    const given = options({ identity: "service-principal" });
    const make = () => createAks(given, { clock: systemClock, environment: {}, userAgent: "x" });
    expect(make).to.throw(UsageError, "AZURE_CLIENT_SECRET");
  });

  it("is never the Azure CLI, PowerShell or a developer's tool", async () => {
    const identities: readonly (readonly [Identity | string, string])[] = [
      [identityOf({}, { ...TENANT, ...FILE }), "WorkloadIdentityCredential"],
      [identityOf({}, { ...TENANT, ...SECRET }), "ClientSecretCredential"],
      [identityOf({}, { ...TENANT, AZURE_CLIENT_CERTIFICATE_PATH: "/c.pem" }), "ClientCertificateCredential"],
      [identityOf({}, {}), "ManagedIdentityCredential"],
    ];
    for (const [identity, name] of identities) {
      const credential = await credentialOf(identity as Identity, endpointOf({}, {}) as Endpoint);
      expect(credential.constructor.name).to.equal(name);
    }
  });
});

describe("options of the aks provider", () => {
  it("are checked before anything is sent, all at once", () => {
    const found = aksProblems(
      {
        subscriptionId: "prod",
        resourceGroup: "a/../b",
        clusterName: "x?y",
        region: "East US",
        clusterIdentity: "",
        armEndpoint: "http://example.com",
        maxPods: 5,
        gpuDriver: "Maybe" as "None",
        subnetId: "subnet",
        capacityReservationGroupId: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d",
        tags: { "a/b": "", azureThing: "", a: "1", A: "2", long: "x".repeat(257) },
      },
      {},
    );
    for (const part of [
      "subscriptionId prod",
      "resourceGroup a/../b",
      "clusterName x?y",
      "region East US",
      "clusterIdentity ",
      "ARM endpoint",
      "maxPods 5",
      "gpuDriver Maybe",
      "subnetId subnet",
      "capacityReservationGroupId",
      "tag a/b",
      "tag azureThing",
      "tag long",
      "differ in their case",
    ]) {
      expect(
        found.some((problem) => problem.includes(part)),
        part,
      ).to.equal(true);
    }
    const many = Object.fromEntries([...Array(47).keys()].map((i) => [`t${i}`, ""]));
    expect(aksProblems(options({ tags: many }), {})).to.deep.equal(["47 tags: at most 46 beside our own"]);
    expect(aksProblems(options({ maxPods: 110, parallelWrites: 2, maxPools: 100 }), {})).to.deep.equal([]);
  });
});
