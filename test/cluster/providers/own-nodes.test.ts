import { expect } from "chai";
import type { Node } from "kubernetes-types/core/v1.js";
import { it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { NODE_CLASS } from "../../../src/local/karpenter.ts";
import { start } from "../cli/process.ts";
import { applyIn, manifest, mustGetWorkspace, waitForCondition } from "../e2e/workspaces.ts";
import { apply, cluster, describeWith, mustKubectl, namespace, readItems } from "../support/cluster.ts";
import { foresailRuns } from "../support/foresail.ts";

interface Labelled {
  readonly metadata: { readonly name: string; readonly labels?: { readonly [key: string]: string } };
}

/** What an operator of Karpenter writes to have GPU nodes for pods that ask for them. */
function nodePool(name: string): JsonObject {
  const one = (key: string, value: string): JsonObject => ({ key, operator: "In", values: [value] });
  return {
    apiVersion: "karpenter.sh/v1",
    kind: "NodePool",
    metadata: { name },
    spec: {
      limits: { "nvidia.com/gpu": "2" },
      disruption: { consolidationPolicy: "WhenEmpty", consolidateAfter: "1s" },
      template: {
        metadata: { labels: { pool: name } },
        spec: {
          nodeClassRef: { ...NODE_CLASS },
          taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }],
          requirements: [
            one("node.kubernetes.io/instance-type", "Standard_NC24ads_A100_v4"),
            one("karpenter.sh/capacity-type", "on-demand"),
          ],
        },
      },
    },
  };
}

function own(name: string, pool: string): JsonObject {
  const annotations = { "foresail.dev/provision": "false", "foresail.dev/gpu": "1xA100-80GB" };
  const resource = { labelSelector: { matchLabels: { pool } } };
  return manifest(name, { resource, inference: { preset: { name: "phi-4-mini-instruct" } } }, { annotations });
}

describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "nodes that somebody else brings", () => {
  foresailRuns();

  it("a NodePool of Karpenter serves a Workspace on its own nodes, which are beside what it states", async () => {
    const space = await namespace("own");
    await apply(nodePool(space));
    try {
      await applyIn(space, own("m", space));
      const ready = await waitForCondition(space, "m", "Ready");
      const nodes = await readItems<Node>(`/api/v1/nodes?labelSelector=pool=${space}`);
      expect(nodes).to.have.length(1);
      expect(ready.expansion?.nodes.provision).to.equal(false);
      const claims = await readItems<Labelled>(`/apis/karpenter.sh/v1/nodeclaims?labelSelector=pool=${space}`);
      expect(claims.map(({ metadata }) => metadata.labels?.["karpenter.sh/nodepool"])).to.deep.equal([space]);
      const ours = await readItems<Labelled>(
        "/apis/karpenter.sh/v1/nodeclaims?labelSelector=app.kubernetes.io/managed-by=foresail",
      );
      expect(
        ours.filter(({ metadata }) => metadata.labels?.["foresail.dev/workspace-namespace"] === space),
      ).to.deep.equal([]);
      const stored = JSON.stringify((await mustGetWorkspace(space, "m")).expansion);
      const node = nodes[0]?.metadata?.name ?? "";
      await mustKubectl([
        "label",
        "node",
        node,
        "nvidia.com/gpu.product=NVIDIA-A100-SXM4-40GB",
        "nvidia.com/gpu.memory=40960",
      ]);
      expect(await planText(space))
        .to.match(/1 of \d+ nodes selected, 1 Ready, 0 of 1 nvidia\.com\/gpu free/)
        .and.include(`node ${node} (1 x NVIDIA-A100-SXM4-40GB, 40 GiB, 8.0)`)
        .and.include("its GPU has 40 GiB, stated are 80");
      expect(JSON.stringify((await mustGetWorkspace(space, "m")).expansion)).to.equal(stored);
    } finally {
      await mustKubectl(["delete", "workspace", "m", "-n", space, "--wait=false"]);
      await mustKubectl(["delete", "nodepool", space, "--wait=false"]);
    }
  });
});

/** Lines joined: where they break is not the matter. */
async function planText(space: string): Promise<string> {
  const { kubeconfig, context } = cluster();
  const program = start(["plan", "--live", "--kubeconfig", kubeconfig, "--context", context, "-n", space]);
  await program.ended;
  return program.stdout().replaceAll(/\s+/g, " ");
}
