import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { Cloud } from "../../../src/cloud/cloud.ts";
import { type Answer, type ArmServer, armServer } from "./support/arm-server.ts";
import { failureOf, GONE, NEVER, POOLS, pool, provider, spec } from "./support/provider.ts";

describe("machines of AKS", () => {
  let arm: ArmServer;
  let cloud: Cloud;
  const strays: unknown[] = [];
  const stray = (reason: unknown): void => void strays.push(reason);

  beforeEach(async () => {
    arm = await armServer();
    cloud = provider({ armEndpoint: arm.origin });
    strays.length = 0;
    process.on("unhandledRejection", stray);
  });
  afterEach(async () => {
    cloud.close();
    await arm.close();
    process.off("unhandledRejection", stray);
    expect(strays).to.deep.equal([]);
  });

  /** A cluster whose pools are these; a create is accepted, and met with 412 if the pool is there. */
  function cluster(pools: Record<string, Record<string, unknown>>, accepted: Answer = { status: 201, body: pool() }) {
    arm.answer = ({ method, path, headers }) => {
      if (path === POOLS) return { status: 200, body: { value: Object.values(pools) } };
      const one = pools[path.slice(POOLS.length + 1)];
      if (method === "GET") return one === undefined ? GONE : { status: 200, body: one };
      if (method === "DELETE") return { status: 202, headers: { location: `${arm.origin}/operation` } };
      const taken = headers["if-none-match"] === "*" && one !== undefined;
      return taken ? { status: 412, body: { code: "PreconditionFailed", message: "exists" } } : accepted;
    };
  }

  describe("create", () => {
    it("sends one conditional PUT, and polls nothing afterwards", async () => {
      const operation = { "azure-asyncoperation": `${arm.origin}/operation`, "retry-after": "0" };
      cluster({}, { status: 201, headers: operation, body: pool({ provisioningState: "Creating" }) });
      await cloud.create(spec(), NEVER);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(arm.calls()).to.deep.equal(["GET agentPools", "PUT caaaaaaaaaaa"]);
      const put = arm.asked[1];
      expect(put?.headers["if-none-match"]).to.equal("*");
      expect(put?.headers["user-agent"]).to.match(/^foresail\/1\.2\.3 azsdk-js-arm-containerservice\/25/);
      expect(put?.headers.authorization).to.equal("Bearer dev");
    });

    it("is accepted with any 2xx, whatever its body and headers say of the operation", async () => {
      const headers = { "azure-asyncoperation": "https://example.com/operation", location: "https://example.com/x" };
      for (const accepted of [
        { status: 200, body: pool() },
        { status: 202 },
        { status: 202, headers },
        { status: 201, body: pool({ provisioningState: "Failed" }) },
        { status: 200, body: pool({ provisioningState: "Canceled" }), headers },
        { status: 201, body: {} },
      ]) {
        cluster({}, accepted);
        await cloud.create(spec(), NEVER);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    });

    it("a failing PUT is one error, with its details, tried once", async () => {
      const details = [{ code: "OperationNotAllowed", message: "exceeding approved standardNCFamily Cores quota" }];
      for (const body of [
        { error: { code: "QuotaExceeded", message: "See details.", details } },
        { code: "QuotaExceeded", message: "See details.", details },
      ]) {
        arm.asked.length = 0;
        cluster({}, { status: 400, body });
        const failure = await failureOf(cloud.create(spec(), NEVER));
        expect(failure.reason).to.equal("FamilyQuotaExceeded");
        expect(failure.message).to.contain("standardNCFamily");
        expect(arm.calls().filter((call) => call.startsWith("PUT"))).to.have.length(1);
      }
      for (const status of [500, 503, 408]) {
        cluster({}, { status, headers: { "retry-after": "1" }, body: { code: "Busy", message: "later" } });
        const failure = await failureOf(cloud.create(spec(), NEVER));
        expect(failure).to.deep.include({ reason: "Unavailable", retryAfterMs: 1000 });
      }
      expect(arm.calls().filter((call) => call.startsWith("PUT"))).to.have.length(4);
    });

    it("the same spec again is no second machine", async () => {
      for (const state of ["Creating", "Succeeded", "Updating", "SomethingNew"]) {
        cluster({ caaaaaaaaaaa: pool({ provisioningState: state }) });
        arm.asked.length = 0;
        await cloud.create(spec(), NEVER);
        expect(arm.calls().filter((call) => call.startsWith("PUT"))).to.have.length(1);
      }
    });

    it("a pool of that name with another stamp is NameTaken, and is not touched", async () => {
      const other = { "foresail-claim-uid": "uid-2" };
      const stamp = (pool()["properties"] as { tags: Record<string, string> }).tags;
      for (const tags of [undefined, {}, { ...stamp, ...other }, { ...stamp, "foresail-cluster": "another" }]) {
        cluster({ caaaaaaaaaaa: pool({ tags }) });
        arm.asked.length = 0;
        expect((await failureOf(cloud.create(spec(), NEVER))).reason).to.equal("NameTaken");
        const writes = arm.asked.filter(({ method }) => method !== "GET");
        expect(writes.map(({ headers }) => headers["if-none-match"])).to.deep.equal(["*"]);
      }
    });

    it("ours that came to nothing by chance is asked for again, if it still is that one", async () => {
      const error = { code: "Canceled", message: "overriden and canceled by a later operation" };
      cluster({ caaaaaaaaaaa: pool({ provisioningState: "Failed", status: { provisioningError: error } }) });
      await cloud.create(spec(), NEVER);
      expect(arm.asked.at(-1)?.method).to.equal("PUT");
      expect(arm.asked.at(-1)?.headers["if-match"]).to.equal("e1");
      expect(arm.asked.at(-1)?.headers["if-none-match"]).to.equal(undefined);
    });

    it("ours that was refused stays refused: who looks at it hears why", async () => {
      const error = { code: "ZonalAllocationFailed", message: "no stock" };
      cluster({ caaaaaaaaaaa: pool({ provisioningState: "Failed", status: { provisioningError: error } }) });
      await cloud.create(spec(), NEVER);
      expect(arm.asked.at(-1)?.method).to.equal("GET");
      const machine = await cloud.get("caaaaaaaaaaa", NEVER);
      expect(machine?.failure).to.deep.equal({
        reason: "ZonalAllocationFailed",
        message: "ZonalAllocationFailed: no stock",
      });
    });

    it("ours that is going away is asked for later", async () => {
      cluster({ caaaaaaaaaaa: pool({ provisioningState: "Deleting" }) });
      expect((await failureOf(cloud.create(spec(), NEVER))).reason).to.equal("OperationInProgress");
    });

    it("a spec that no pool can be is an invalid request, and nothing is sent", async () => {
      const failure = await failureOf(cloud.create(spec({ name: "Bad-Name", zone: "westus-1" }), NEVER));
      expect(failure.reason).to.equal("InvalidRequest");
      expect(failure.message).to.contain("name Bad-Name").and.contain("zone westus-1");
      expect(arm.asked).to.deep.equal([]);
    });
  });

  describe("the limit of pools", () => {
    const many = (count: number) =>
      Object.fromEntries([...Array(count).keys()].map((i) => [`other${i}`, pool({ tags: {} }, `other${i}`)]));

    it("one too many is refused without a PUT, those of others counted", async () => {
      cluster(many(100));
      const failure = await failureOf(cloud.create(spec(), NEVER));
      expect(failure).to.deep.equal({
        reason: "PoolLimitReached",
        message: "the cluster has 100 agent pools of at most 100",
      });
      expect(arm.calls()).to.deep.equal(["GET agentPools"]);
    });

    it("of many at once exactly as many as there is room for are sent", async () => {
      cluster(many(97));
      const names = [..."abcdefgh"].map((letter) => `c${letter}`);
      const results = await Promise.allSettled(names.map((name) => cloud.create(spec({ name }), NEVER)));
      expect(results.filter(({ status }) => status === "fulfilled")).to.have.length(3);
      expect(arm.calls().filter((call) => call.startsWith("PUT"))).to.have.length(3);
    });

    it("a refused pool gives its room back", async () => {
      cluster(many(99), { status: 409, body: { code: "SkuNotAvailable", message: "none" } });
      for (let i = 0; i < 3; i++) {
        expect((await failureOf(cloud.create(spec({ name: `c${i}` }), NEVER))).reason).to.equal("SizeNotAvailable");
      }
    });
  });

  describe("get", () => {
    it("a pool that is not there is no machine", async () => {
      cluster({});
      expect(await cloud.get("caaaaaaaaaaa", NEVER)).to.equal(undefined);
    });

    it("a cluster, group or subscription that is not there is no answer about a machine", async () => {
      for (const body of [
        { error: { code: "ResourceGroupNotFound", message: "Resource group 'serving' could not be found." } },
        { error: { code: "SubscriptionNotFound", message: "The subscription could not be found." } },
        {
          error: {
            code: "ResourceNotFound",
            message:
              "The Resource 'Microsoft.ContainerService/managedClusters/models' under resource group 'serving' was not found.",
          },
        },
        "<h1>404</h1>",
      ]) {
        arm.answer = () => ({ status: 404, body });
        expect((await failureOf(cloud.get("caaaaaaaaaaa", NEVER))).reason).to.equal("Unavailable");
        expect((await failureOf(cloud.remove({ name: "caaaaaaaaaaa" }, NEVER))).reason).to.equal("Unavailable");
        expect((await failureOf(cloud.list(NEVER))).reason).to.equal("Unavailable");
      }
    });

    it("a cloud that does not answer is Unavailable", async () => {
      cluster({});
      await arm.close();
      const failure = await failureOf(cloud.get("caaaaaaaaaaa", NEVER));
      expect(failure.reason).to.equal("Unavailable");
      expect(failure.message).to.contain("ECONNREFUSED");
      arm = await armServer();
    });

    it("ends when it is told to", async () => {
      arm.answer = () => new Promise(() => {});
      const failure = await failureOf(cloud.get("caaaaaaaaaaa", AbortSignal.timeout(50)));
      expect(failure.reason).to.equal("Unavailable");
      expect((await failureOf(cloud.create(spec(), AbortSignal.abort()))).reason).to.equal("Unavailable");
    });
  });

  describe("list", () => {
    it("gives all pages, those of others without an owner", async () => {
      arm.answer = ({ query }) => {
        const page = Number(query.get("page") ?? 0);
        const next = page < 2 ? { nextLink: `${arm.origin}${POOLS}?api-version=x&page=${page + 1}` } : {};
        return { status: 200, body: { value: [pool(page === 1 ? { tags: {} } : {}, `p${page}`)], ...next } };
      };
      const machines = await cloud.list(NEVER);
      expect(machines.map(({ name, owner }) => [name, owner?.claim])).to.deep.equal([
        ["p0", "p0"],
        ["p1", undefined],
        ["p2", "p2"],
      ]);
    });

    it("a page that fails fails the list", async () => {
      arm.answer = ({ query }) =>
        query.has("page")
          ? { status: 500, body: { code: "InternalServerError", message: "no" } }
          : { status: 200, body: { value: [pool()], nextLink: `${arm.origin}${POOLS}?page=1` } };
      expect((await failureOf(cloud.list(NEVER))).reason).to.equal("Unavailable");
    });

    it("a next page or a redirect elsewhere is not followed", async () => {
      const elsewhere = await armServer();
      elsewhere.answer = () => ({ status: 200, body: { value: [] } });
      for (const answer of [
        { status: 200, body: { value: [pool()], nextLink: `${elsewhere.origin}${POOLS}` } },
        { status: 307, headers: { location: `${elsewhere.origin}${POOLS}` } },
      ]) {
        arm.answer = () => answer;
        expect((await failureOf(cloud.list(NEVER))).reason).to.equal("Unavailable");
      }
      expect(elsewhere.asked).to.deep.equal([]);
      await elsewhere.close();
    });
  });

  describe("names", () => {
    it("are those of the cluster's own document, or an error where it names none", async () => {
      const answers = (properties: Record<string, unknown>) => {
        arm.answer = () => ({ status: 200, body: { location: "eastus", properties } });
      };
      answers({ agentPoolProfiles: [{ name: "system" }, { name: "caaaaaaaaaaa" }] });
      expect([...(await cloud.names(NEVER))]).to.deep.equal(["system", "caaaaaaaaaaa"]);
      expect(arm.asked.map(({ method, path }) => `${method} ${path}`)).to.deep.equal([
        `GET ${POOLS.replace(/\/agentPools$/, "")}`,
      ]);
      for (const none of [{}, { agentPoolProfiles: [] }]) {
        answers(none);
        expect((await failureOf(cloud.names(NEVER))).reason).to.equal("Unavailable");
      }
      arm.answer = () => ({ status: 403, body: { code: "AuthorizationFailed", message: "no right" } });
      expect((await failureOf(cloud.names(NEVER))).reason).to.equal("AuthorizationFailed");
    });
  });

  describe("remove", () => {
    it("asks nothing of a pool that was read in this version, and does not touch one that was read without a stamp", async () => {
      cluster({ caaaaaaaaaaa: pool(), cbbbbbbbbbbb: pool({ tags: {} }, "cbbbbbbbbbbb") });
      await cloud.list(NEVER);
      arm.asked.length = 0;
      await cloud.remove({ name: "caaaaaaaaaaa", etag: "e1" }, NEVER);
      expect((await failureOf(cloud.remove({ name: "cbbbbbbbbbbb", etag: "e1" }, NEVER))).reason).to.equal("NameTaken");
      expect(arm.calls()).to.deep.equal(["DELETE caaaaaaaaaaa"]);
      expect(arm.asked[0]?.headers["if-match"]).to.equal("e1");
    });

    it("reads a pool anew that was read in another version, or that the last list lacked", async () => {
      cluster({ caaaaaaaaaaa: pool() });
      await cloud.list(NEVER);
      cluster({ caaaaaaaaaaa: pool({ eTag: "e2", tags: {} }) });
      expect((await failureOf(cloud.remove({ name: "caaaaaaaaaaa", etag: "e2" }, NEVER))).reason).to.equal("NameTaken");
      cluster({});
      await cloud.list(NEVER);
      await cloud.remove({ name: "caaaaaaaaaaa", etag: "e1" }, NEVER);
      expect(arm.asked.filter(({ method }) => method !== "GET")).to.deep.equal([]);
    });

    it("deletes the pool that was looked at", async () => {
      cluster({ caaaaaaaaaaa: pool({ eTag: "e2" }) });
      await cloud.remove({ name: "caaaaaaaaaaa", etag: "e1" }, NEVER);
      await cloud.remove({ name: "caaaaaaaaaaa" }, NEVER);
      const deletes = arm.asked.filter(({ method }) => method === "DELETE");
      expect(deletes.map(({ headers }) => headers["if-match"])).to.deep.equal(["e1", "e2"]);
      expect(deletes[0]?.query.get("ignore-pod-disruption-budget")).to.equal("true");
    });

    it("never deletes what carries no stamp of this cluster", async () => {
      const stamp = (pool()["properties"] as { tags: Record<string, string> }).tags;
      for (const tags of [undefined, { team: "x" }, { ...stamp, "foresail-cluster": "another" }]) {
        cluster({ caaaaaaaaaaa: pool({ tags }) });
        expect((await failureOf(cloud.remove({ name: "caaaaaaaaaaa" }, NEVER))).reason).to.equal("NameTaken");
      }
      expect(arm.asked.filter(({ method }) => method !== "GET")).to.deep.equal([]);
    });

    it("one that is gone, or goes, is a success", async () => {
      cluster({});
      await cloud.remove({ name: "caaaaaaaaaaa" }, NEVER);
      cluster({ caaaaaaaaaaa: pool({ provisioningState: "deleting" }) });
      await cloud.remove({ name: "caaaaaaaaaaa" }, NEVER);
      expect(arm.asked.filter(({ method }) => method !== "GET")).to.deep.equal([]);
      for (const status of [200, 202, 204, 404]) {
        arm.answer = ({ method }) =>
          method === "GET" ? { status: 200, body: pool() } : status === 404 ? GONE : { status };
        await cloud.remove({ name: "caaaaaaaaaaa" }, NEVER);
      }
    });

    it("one that changed in between is looked at again", async () => {
      arm.answer = ({ method }) =>
        method === "GET" ? { status: 200, body: pool() } : { status: 412, body: { code: "PreconditionFailed" } };
      expect((await failureOf(cloud.remove({ name: "caaaaaaaaaaa" }, NEVER))).reason).to.equal("OperationInProgress");
    });
  });

  it("one request at a time for each pool, and a few writes for the cluster", async () => {
    const now = new Map<string, number>();
    let [writes, mostWrites, mostOfOne] = [0, 0, 0];
    arm.answer = async ({ method, path }) => {
      if (path === POOLS) return { status: 200, body: { value: [] } };
      now.set(path, (now.get(path) ?? 0) + 1);
      if (method === "PUT") mostWrites = Math.max(mostWrites, ++writes);
      mostOfOne = Math.max(mostOfOne, now.get(path) ?? 0);
      await new Promise((resolve) => setTimeout(resolve, 30));
      now.set(path, (now.get(path) ?? 0) - 1);
      if (method === "PUT") writes--;
      return { status: 200, body: pool() };
    };
    const names = [..."abcdefgh"].map((letter) => `c${letter}`);
    await Promise.all(
      names.flatMap((name) => [cloud.create(spec({ name }), NEVER), cloud.get(name, NEVER), cloud.get(name, NEVER)]),
    );
    expect(mostOfOne).to.equal(1);
    expect(mostWrites).to.equal(4);
  });
});
