import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { objectAt, textAt } from "../../src/core/capacity/fields.ts";
import { reconcilerRights } from "../../src/doctor/rights.ts";
import { type Asked, apiServer, reviewing } from "./support.ts";

describe("the rights of the reconciler", () => {
  let asked: Asked;
  beforeEach(async () => {
    asked = await apiServer();
  });
  afterEach(() => asked.close());

  const MANY = 500;

  it("are all those of the shipped roles, asked for its account as the API server names it", async () => {
    reviewing(asked.server, MANY, () => true);
    const found = await reconcilerRights(asked.kube, { namespace: "ours", machines: false });
    expect(found.every(({ allowed }) => allowed)).to.equal(true);
    expect(found).to.deep.include({ verb: "patch", group: "kaito.sh", resource: "workspaces/status", allowed: true });
    expect(found).to.deep.include({
      ...{ verb: "get", group: "apiextensions.k8s.io", resource: "customresourcedefinitions" },
      ...{ name: "workspaces.kaito.sh", allowed: true },
    });
    const specs = asked.server.seen.map(({ body }) => (JSON.parse(body) as { spec: object }).spec);
    expect(specs).to.have.length(found.length);
    for (const spec of specs) {
      expect(spec).to.deep.include({
        user: "system:serviceaccount:ours:foresail-reconciler",
        groups: ["system:serviceaccounts", "system:serviceaccounts:ours", "system:authenticated"],
      });
    }
    const status = specs.find((spec) => textAt(spec, "resourceAttributes", "subresource") === "status");
    expect(objectAt(status, "resourceAttributes")).to.include({ resource: "workspaces", verb: "patch" });
  });

  it("of its own namespace are asked for in the namespace it is installed in", async () => {
    reviewing(asked.server, MANY, (spec) => textAt(spec, "resourceAttributes", "namespace") === "ours");
    const found = await reconcilerRights(asked.kube, { namespace: "ours", machines: false });
    const allowed = found.filter((one) => one.allowed);
    expect(allowed.map(({ verb, resource }) => `${verb} ${resource}`)).to.include.members([
      "create leases",
      "list configmaps",
    ]);
    expect(found.filter(({ namespace }) => namespace !== undefined && namespace !== "ours")).to.deep.equal([]);
    expect(asked.server.seen.every(({ url }) => url.pathname.endsWith("/subjectaccessreviews"))).to.equal(true);
  });

  it("are of KAITO's group, in a trial, no more than to look at a name", async () => {
    reviewing(asked.server, MANY, () => true);
    const found = await reconcilerRights(asked.kube, { namespace: "ours", machines: false, trial: true });
    const kaitos = found.filter(({ group }) => group === "kaito.sh");
    expect(kaitos.map(({ verb, resource }) => `${verb} ${resource}`)).to.deep.equal(["get workspaces"]);
    expect(found.filter(({ resource }) => resource === "nodepools")).to.deep.equal([]);
    expect(found).to.deep.include({ verb: "list", group: "karpenter.sh", resource: "nodeclaims", allowed: true });
  });

  it("are more where it makes the machines itself", async () => {
    reviewing(asked.server, 2 * MANY, () => true);
    const rest = { namespace: "ours" };
    const few = await reconcilerRights(asked.kube, { ...rest, machines: false });
    const more = await reconcilerRights(asked.kube, { ...rest, machines: true });
    const names = more.slice(few.length).map(({ verb, resource }) => `${verb} ${resource}`);
    expect(names).to.include.members(["patch nodeclaims/status", "delete nodes", "create pods/eviction"]);
  });
});
