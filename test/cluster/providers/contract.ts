import { randomBytes } from "node:crypto";
import { expect } from "chai";
import type { Node } from "kubernetes-types/core/v1.js";
import { after } from "mocha";
import { claimObject, claimSpec } from "../../../src/core/capacity/claim-object.ts";
import { conditionAt, isTrue, textAt } from "../../../src/core/capacity/fields.ts";
import type { Provider } from "../../../src/core/capacity/owner.ts";
import { resourcesOf } from "../../../src/core/capacity/resources.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { NodeClassRef } from "../../../src/core/kinds/node-claim.ts";
import { expansion } from "../../core/children/workspaces.ts";
import { apply, cluster, mustKubectl, namespace, read, readItems, waitFor } from "../support/cluster.ts";
import { pod } from "../support/objects.ts";
import { scenarios } from "../support/scenarios.ts";

/**
 * A provider under test. Everything else is seen through the Kubernetes API, so this is all a new provider has to say of
 * itself; what it needs to run is started by its own file.
 */
export interface ProviderFixture {
  readonly provider: Provider;
  readonly nodeClass: NodeClassRef;
  /** A size with one GPU. */
  readonly size: string;
  /** A size with one GPU, which the device plugin reports some seconds after the node is Ready. */
  readonly lateGpuSize: string;
  /** A size nobody has. */
  readonly unknownSize: string;
  /** A claim whose node takes some seconds after this condition, and what makes it do so. */
  readonly onItsWay: {
    readonly after: "Launched" | "Registered";
    readonly size?: string;
    readonly nodeClass?: NodeClassRef;
  };
  /** Names of the machines that were made for this claim, as the cloud itself knows them. */
  readonly machines: (claim: string) => Promise<readonly string[]>;
  /**
   * What the labels that name a claim's owner begin with instead of `foresail.dev/workspace`: where the provider's process is
   * the planner, too, which deletes claims of Workspaces that do not exist.
   */
  readonly ownerLabel?: string;
  /** How long the provider may take for anything, ms. Default 60,000. */
  readonly patienceMs?: number;
}

const CLAIMS = "/apis/karpenter.sh/v1/nodeclaims";
const GPU = "nvidia.com/gpu";
const OWNER_LABEL = "foresail.dev/workspace";
// Longer than any delay of a slow node: what comes afterwards would be a leak.
const QUIET_MS = 8000;

/**
 * What our claims need of any provider, all at the same time. Call it inside a `describe` after the hook that starts the
 * provider and before the one that stops it.
 */
export function providerContract(fixture: ProviderFixture): void {
  const all = scenarios();
  const made: string[] = [];
  const { ownerLabel = OWNER_LABEL } = fixture;
  const patienceMs = fixture.patienceMs ?? 60_000;
  const eventually = <T>(what: string, probe: () => Promise<T | undefined | false>): Promise<T> =>
    waitFor(what, probe, patienceMs);

  /** A claim exactly as the planner makes it, of a Workspace of its own. */
  const wanted = (options: { readonly size?: string; readonly nodeClass?: NodeClassRef } = {}): JsonObject => {
    const uid = randomBytes(6).toString("hex");
    const owner = { namespace: "contract", name: `w-${uid}`, uid, expansion };
    const settings = { provider: fixture.provider, nodeClass: options.nodeClass ?? fixture.nodeClass };
    const offering = { instanceType: options.size ?? fixture.size, capacityType: "on-demand" };
    const requests = resourcesOf({ cpu: "4", memory: "16Gi", [GPU]: "1" });
    const name = `c${randomBytes(8).toString("hex").slice(0, 11)}`;
    made.push(name);
    const claim = claimObject(owner, name, claimSpec(owner, offering, requests, settings), fixture.provider);
    return JSON.parse(JSON.stringify(claim).replaceAll(`"${OWNER_LABEL}`, `"${ownerLabel}`));
  };
  const nameOf = (claim: JsonObject): string => textAt(claim, "metadata", "name") ?? "";
  const create = async (claim: JsonObject): Promise<string> => {
    await cluster().api.must({ method: "POST", path: CLAIMS, body: claim });
    return nameOf(claim);
  };
  const claimOf = (name: string): Promise<JsonObject | undefined> => read<JsonObject>(`${CLAIMS}/${name}`);
  const until = (name: string, type: string): Promise<JsonObject> =>
    eventually(`${type} of ${name}`, async () => {
      const claim = await claimOf(name);
      return isTrue(conditionAt(claim, type)) && claim;
    });
  const nodesOf = async (claim: JsonObject | undefined): Promise<readonly Node[]> => {
    const id = textAt(claim, "status", "providerID");
    const nodes = await readItems<Node>("/api/v1/nodes");
    return id === undefined ? [] : nodes.filter((node) => node.spec?.providerID === id);
  };
  const gone = (name: string): Promise<boolean> =>
    eventually(`${name} to be gone`, async () => (await claimOf(name)) === undefined);
  const remove = (name: string): Promise<string> => mustKubectl(["delete", "nodeclaim", name, "--wait=false"]);
  const noMachines = (name: string): Promise<boolean> =>
    eventually(`the machines of ${name} to be gone`, async () => (await fixture.machines(name)).length === 0);

  all.add("launches, registers and initializes a node, with the claim's labels and taints on it", async () => {
    const claim = wanted();
    const ready = await until(await create(claim), "Ready");
    for (const type of ["Launched", "Registered", "Initialized"]) {
      expect(isTrue(conditionAt(ready, type)), type).to.equal(true);
    }
    const [node, ...more] = await nodesOf(ready);
    expect(more).to.deep.equal([]);
    expect(node?.metadata?.name).to.equal(textAt(ready, "status", "nodeName"));
    expect(node?.metadata?.labels).to.include({
      ...(claim["metadata"] as { readonly labels: { readonly [label: string]: string } }).labels,
      "node.kubernetes.io/instance-type": fixture.size,
    });
    expect(node?.spec?.taints?.map(({ key, value, effect }) => ({ key, value, effect }))).to.deep.equal([
      { key: "sku", value: "gpu", effect: "NoSchedule" },
    ]);
    expect(Number(node?.status?.allocatable?.[GPU])).to.be.at.least(1);
  });

  all.add("is not initialized before its GPUs are there", async () => {
    const name = await create(wanted({ size: fixture.lateGpuSize }));
    let early = 0;
    await eventually(`${name} to be initialized`, async () => {
      // The node after the claim: what the claim says must already be true of it.
      const claim = await claimOf(name);
      const [node] = await nodesOf(claim);
      const gpus = Number(node?.status?.allocatable?.[GPU] ?? 0);
      const initialized = isTrue(conditionAt(claim, "Initialized"));
      if (node !== undefined && gpus === 0) early++;
      if (initialized) expect(gpus).to.be.at.least(1);
      return initialized;
    });
    expect(early, "looks at the node without GPUs").to.be.greaterThan(0);
  });

  all.add("gives every claim a node of its own", async () => {
    const names = await Promise.all([create(wanted()), create(wanted()), create(wanted())]);
    const claims = await Promise.all(names.map((name) => until(name, "Ready")));
    const ids = claims.map((claim) => textAt(claim, "status", "providerID"));
    expect(new Set(ids).size).to.equal(3);
    expect(new Set(claims.map((claim) => textAt(claim, "status", "nodeName"))).size).to.equal(3);
    for (const name of names) expect(await fixture.machines(name), name).to.have.length(1);
  });

  all.add("makes one machine of a claim that is asked for twice", async () => {
    const claim = wanted();
    const name = await create(claim);
    const again = await cluster().api.call({ method: "POST", path: CLAIMS, body: claim });
    expect(again.status).to.equal(409);
    await until(name, "Ready");
    expect(await fixture.machines(name)).to.have.length(1);
    expect(await nodesOf(await claimOf(name))).to.have.length(1);
  });

  all.add("says why it has no machine for a size it does not know, or withdraws the claim", async () => {
    const name = await create(wanted({ size: fixture.unknownSize }));
    const seen = await eventually("a refusal", async () => {
      const claim = await claimOf(name);
      if (claim === undefined) return "withdrawn";
      const launched = conditionAt(claim, "Launched");
      const reason = textAt(launched, "reason") ?? "AwaitingReconciliation";
      return !isTrue(launched) && reason !== "AwaitingReconciliation" && `${reason}: ${textAt(launched, "message")}`;
    });
    if (seen !== "withdrawn") expect(seen).to.match(/^\w+: .+/);
    expect(await fixture.machines(name)).to.deep.equal([]);
  });

  all.add("drains and removes the node of a deleted claim", async () => {
    const space = await namespace("drained");
    const claim = wanted();
    const name = await create(claim);
    const [node] = await nodesOf(await until(name, "Ready"));
    const owner = textAt(claim, "metadata", "labels", ownerLabel) ?? "";
    await apply(pod({ name: "p", namespace: space, nodeSelector: { [ownerLabel]: owner } }));
    const path = `/api/v1/namespaces/${space}/pods/p`;
    await eventually("the pod to run", async () => textAt(await read(path), "status", "phase") === "Running");
    await remove(name);
    await gone(name);
    await eventually("the pod to be gone", async () => (await read(path)) === undefined);
    expect(await read(`/api/v1/nodes/${node?.metadata?.name}`)).to.equal(undefined);
    await noMachines(name);
  });

  all.add("leaves nothing of a claim that is deleted while its node is on the way", async () => {
    const name = await create(wanted(fixture.onItsWay));
    expect(isTrue(conditionAt(await until(name, fixture.onItsWay.after), "Initialized"))).to.equal(false);
    await remove(name);
    await gone(name);
    await noMachines(name);
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    expect(await fixture.machines(name)).to.deep.equal([]);
  });

  all.define();

  after(async () => {
    await mustKubectl(["delete", "nodeclaims", ...made, "--wait=false", "--ignore-not-found"]);
    for (const name of made) await gone(name);
  });
}
