import { expect } from "chai";
import { after, before, it } from "mocha";
import { canonicalJson, type JsonObject, sameJson } from "../../../src/core/json.ts";
import { describeWith, mustKubectl, namespace, read, readItems, waitFor } from "../support/cluster.ts";
import { type Foresail, startForesail } from "../support/foresail.ts";
import { applyIn, manifest, mustGetWorkspace, serving, waitForCondition } from "./workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const V100 = "Standard_NC6s_v3";

interface Named {
  readonly metadata: { readonly name: string; readonly labels?: { readonly [key: string]: string } };
}

interface WithTemplate {
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly labels: JsonObject };
      readonly spec: { readonly containers: readonly { args: readonly string[]; image: string }[] };
    };
  };
}

async function containersOf(space: string, name: string): Promise<string> {
  const deployment = await read<WithTemplate>(`/apis/apps/v1/namespaces/${space}/deployments/${name}`);
  return canonicalJson(deployment?.spec.template.spec.containers.map(({ args, image }) => ({ args, image })));
}

/** Claims and nodes made for one Workspace. */
async function nodesAndClaims(space: string, name: string): Promise<readonly string[]> {
  const selector = encodeURIComponent(`foresail.dev/workspace=${name},foresail.dev/workspace-namespace=${space}`);
  const claims = await readItems<Named>(`/apis/karpenter.sh/v1/nodeclaims?labelSelector=${selector}`);
  const nodes = await readItems<Named>(`/api/v1/nodes?labelSelector=${selector}`);
  return [...claims, ...nodes].map((object) => object.metadata.name);
}

describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "changes and deletion, end to end", () => {
  let foresail: Foresail;
  before(async () => {
    foresail = await startForesail();
  });
  after(() => foresail.stop());

  it("a change of preset, size or adapters rolls to exactly what a fresh create gives", async () => {
    const [space, fresh] = [await namespace("roll"), await namespace("fresh")];
    const adapters = [{ source: { name: "style", image: "registry.example/style:1" } }];
    const resource = { labelSelector: { matchLabels: { apps: "m" } } };
    const steps: readonly JsonObject[] = [
      manifest("m", {
        resource: { ...resource, instanceType: V100 },
        inference: { preset: { name: "phi-3-mini-4k-instruct" } },
      }),
      manifest("m", {
        resource: { ...resource, instanceType: V100 },
        inference: { preset: { name: "phi-3.5-mini-instruct" } },
      }),
      manifest("m", {
        resource: { ...resource, instanceType: A100 },
        inference: { preset: { name: "phi-3.5-mini-instruct" } },
      }),
      manifest("m", {
        resource: { ...resource, instanceType: A100 },
        inference: { preset: { name: "phi-3.5-mini-instruct" }, adapters },
      }),
    ];
    for (const step of steps) {
      await applyIn(space, step);
      const rolled = await waitForCondition(space, "m", "WorkspaceReady");
      await applyIn(fresh, step, "--server-side", "--force-conflicts");
      const created = await mustGetWorkspace(fresh, "m");
      const placeless = (text: string): string => text.replaceAll(space, "NS").replaceAll(fresh, "NS");
      expect(placeless(canonicalJson({ ...rolled.expansion, inputsHash: "" }))).to.equal(
        placeless(canonicalJson({ ...created.expansion, inputsHash: "" })),
      );
      await waitFor("the Deployment to carry the expansion", async () => {
        const pod = rolled.expansion?.podTemplate as unknown as WithTemplate["spec"]["template"];
        return (
          (await containersOf(space, "m")) ===
          canonicalJson(pod.spec.containers.map(({ args, image }) => ({ args, image })))
        );
      });
      await mustKubectl(["delete", "workspace", "m", "-n", fresh]);
    }
    // Nodes of the former size are empty now; they go after the grace time.
    const { metadata } = await mustGetWorkspace(space, "m");
    expect(metadata.generation).to.be.greaterThan(3);
  }).timeout(240_000);

  it("deletion leaves no pod, claim, node or Service", async () => {
    const space = await namespace("gone");
    await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
    await waitForCondition(space, "m", "WorkspaceReady");
    expect(await nodesAndClaims(space, "m")).to.have.length(2);
    await mustKubectl(["delete", "workspace", "m", "-n", space, "--timeout=60s"]);
    expect(await nodesAndClaims(space, "m")).to.deep.equal([]);
    for (const path of [
      "/api/v1/namespaces/NS/pods",
      "/api/v1/namespaces/NS/services",
      "/apis/apps/v1/namespaces/NS/deployments",
    ]) {
      await waitFor(`${path} to be empty`, async () => (await readItems(path.replace("NS", space))).length === 0);
    }
  });

  it("delete and create again, and change and revert, give the identical expansion with foresail.dev/catalog", async () => {
    const space = await namespace("pinned");
    const pinned = serving("m", "phi-4", A100, { annotations: { "foresail.dev/catalog": "2026.11.0" } });
    await applyIn(space, pinned);
    const first = (await mustGetWorkspace(space, "m")).expansion;
    await applyIn(space, { ...pinned, inference: { preset: { name: "phi-4-mini-instruct" } } });
    expect(sameJson((await mustGetWorkspace(space, "m")).expansion, first)).to.equal(false);
    await applyIn(space, pinned);
    expect(canonicalJson((await mustGetWorkspace(space, "m")).expansion)).to.equal(canonicalJson(first));
    await mustKubectl(["delete", "workspace", "m", "-n", space, "--timeout=60s"]);
    await applyIn(space, pinned);
    expect(canonicalJson((await mustGetWorkspace(space, "m")).expansion)).to.equal(canonicalJson(first));
  });

  it("a v1beta1 Workspace without a size gets the cheapest verified one that fits, and runs", async () => {
    const space = await namespace("auto");
    await applyIn(space, serving("m", "phi-4"));
    const ready = await waitForCondition(space, "m", "WorkspaceReady");
    expect([ready.expansion?.instanceType, ready.expansion?.nodes.hourlyPriceUsd]).to.deep.equal([A100, 3.673]);
    expect(ready.resource).to.not.have.property("instanceType");
  });

  it("two nodes serve one model that one cannot hold", async () => {
    const space = await namespace("two");
    await applyIn(space, serving("m", "phi-4", "Standard_NV36ads_A10_v5"));
    const ready = await waitForCondition(space, "m", "WorkspaceReady");
    expect([ready.expansion?.workload.kind, ready.status?.nodes?.length]).to.deep.equal(["StatefulSet", 2]);
    expect(await nodesAndClaims(space, "m")).to.have.length(4);
  });
});
