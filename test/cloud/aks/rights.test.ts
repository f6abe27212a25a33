import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { packageRoot } from "../../../src/package-root.ts";
import { type Asked, armServer } from "./support/arm-server.ts";
import { NEVER, POOLS, pool, provider, spec } from "./support/provider.ts";

const VERBS: { readonly [method: string]: string } = { GET: "read", PUT: "write", PATCH: "write", DELETE: "delete" };

/** The action that ARM asks a right for: provider and types of the path, without names, and a verb. */
function actionOf({ method, path }: Asked): string {
  const [, below = ""] = path.split("/providers/");
  const [namespace, ...rest] = below.split("/");
  const types = rest.filter((_, i) => i % 2 === 0);
  return [namespace, ...types, VERBS[method] ?? `action of ${method}`].join("/");
}

function actionsOf(file: string): readonly string[] {
  return JSON.parse(readFileSync(join(packageRoot(), "manifests/aks", file), "utf8")).Actions;
}

describe("rights on Azure", () => {
  it("are exactly those of the calls that are made", async () => {
    const arm = await armServer();
    const error = { code: "Canceled", message: "canceled by a later operation" };
    const failed = pool({ provisioningState: "Failed", status: { provisioningError: error } });
    arm.answer = ({ method, path, headers }) => {
      if (path === POOLS || path.includes("Microsoft.Compute")) return { status: 200, body: { value: [] } };
      if (!path.includes("/agentPools") && method === "GET")
        return { status: 200, body: { location: "eastus", properties: { agentPoolProfiles: [{ name: "system" }] } } };
      if (method === "DELETE") return { status: 202, headers: { location: `${arm.origin}/operation` } };
      if (headers["if-none-match"] === "*") return { status: 412, body: { code: "PreconditionFailed" } };
      const operation = { "azure-asyncoperation": `${arm.origin}/operation` };
      return method === "PUT" ? { status: 201, headers: operation, body: failed } : { status: 200, body: failed };
    };
    const cloud = provider({ armEndpoint: arm.origin });
    await cloud.list(NEVER);
    await cloud.create(spec(), NEVER);
    await cloud.get("caaaaaaaaaaa", NEVER);
    await cloud.names(NEVER);
    await cloud.remove({ name: "caaaaaaaaaaa" }, NEVER);
    await cloud.quotas(NEVER);
    await new Promise((resolve) => setTimeout(resolve, 100));
    cloud.close();
    await arm.close();

    const [pools, quotas] = [actionsOf("role.json"), actionsOf("role-quotas.json")];
    expect([...new Set(arm.asked.map(actionOf))]).to.have.members([...pools, ...quotas]);
    // Of the cluster itself nothing but its document: credentials and keys are other actions.
    const cluster = "Microsoft.ContainerService/managedClusters";
    expect(pools.filter((action) => !action.startsWith(`${cluster}/agentPools/`))).to.deep.equal([`${cluster}/read`]);
    expect(quotas.every((action) => action.endsWith("/read"))).to.equal(true);
  });
});
