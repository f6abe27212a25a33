import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, it } from "mocha";
import type { PlanReport } from "../../../src/core/imagine/report.ts";
import { serviceAccountKubeconfig } from "../../../src/local/service-account.ts";
import { applyIn, manifest, serving, waitForCondition } from "../e2e/workspaces.ts";
import { apply, cluster, describeWith, namespace, readItems, waitFor } from "../support/cluster.ts";
import { weightsIn } from "../support/objects.ts";
import { type ReconcilerProcess, startReconciler } from "../support/reconciler.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";
import { start } from "./process.ts";

const A100 = "Standard_NC24ads_A100_v4";
const H100 = "Standard_NC40ads_H100_v5";
const NODE_CLASS = "karpenter.kwok.sh/KWOKNodeClass/default";

interface Named {
  readonly metadata: { readonly name: string };
}

/** `foresail plan --live` of one namespace, as a user runs it. */
async function planned(
  space: string,
  { path, kubeconfig = cluster().kubeconfig }: { readonly path?: string; readonly kubeconfig?: string } = {},
): Promise<{ report: PlanReport; code: number | string; stderr: string }> {
  const { context } = cluster();
  const live = ["--live", "--kubeconfig", kubeconfig, "--context", context, "-n", space];
  const program = start([
    "plan",
    ...live,
    "--node-class",
    NODE_CLASS,
    "-o",
    "json",
    ...(path === undefined ? [] : [path]),
  ]);
  const code = await program.ended;
  if (program.stdout() === "") throw new Error(`foresail plan ended with ${code}: ${program.stderr()}`);
  return { report: JSON.parse(program.stdout()) as PlanReport, code, stderr: program.stderr() };
}

function created(report: PlanReport, kind: string): readonly string[] {
  const deeds = report.workspaces.flatMap(({ steps }) => steps.flatMap((step) => step.deeds));
  return deeds.flatMap((deed) => (deed.does === "create" && deed.kind === kind ? [deed.name ?? ""] : [])).sort();
}

async function claimsIn(space: string): Promise<readonly string[]> {
  const selector = encodeURIComponent(`foresail.dev/workspace-namespace=${space}`);
  const claims = await readItems<Named>(`/apis/karpenter.sh/v1/nodeclaims?labelSelector=${selector}`);
  return claims.map(({ metadata }) => metadata.name).sort();
}

describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "foresail plan --live", () => {
  let webhook: WebhookProcess;
  let reconciler: ReconcilerProcess;
  before(async () => {
    webhook = await startWebhook();
    reconciler = await startReconciler();
    await reconciler.stop();
  });
  after(async () => {
    await reconciler.stop();
    await webhook.uninstall();
  });

  it("tells the very claims and children that the reconciler then makes, and nothing once it has made them", async () => {
    const space = await namespace("plan");
    await applyIn(space, serving("one", "phi-4-mini-instruct", A100));
    await applyIn(
      space,
      serving("two", "phi-4-mini-instruct", A100, { annotations: { "foresail.dev/replicas": "2" } }),
    );
    const resource = { instanceType: "Standard_NV36ads_A10_v5", labelSelector: { matchLabels: { apps: "m" } } };
    await applyIn(space, manifest("group", { resource, inference: { preset: { name: "phi-4" } } }));
    await apply(...weightsIn(space, "eastus-2"));
    const annotations = { "foresail.dev/weights-claim": "w" };
    await applyIn(space, serving("zonal", "phi-4-mini-instruct", A100, { annotations }));
    const { report, code } = await planned(space);
    expect(code).to.equal(0);
    expect(created(report, "NodeClaim")).to.have.length(6);
    const zonal = report.workspaces.find(({ name }) => name === "zonal");
    const zones = zonal?.steps.flatMap(({ deeds }) => deeds.flatMap(({ claim }) => claim?.zone ?? []));
    expect(zones).to.deep.equal(["eastus-2"]);
    expect(await claimsIn(space)).to.deep.equal([]);
    await reconciler.start();
    for (const name of ["one", "two", "group", "zonal"]) await waitForCondition(space, name, "Ready");
    expect(await claimsIn(space)).to.deep.equal(created(report, "NodeClaim"));
    const made: readonly (readonly [string, string])[] = [
      ["Deployment", `/apis/apps/v1/namespaces/${space}/deployments`],
      ["StatefulSet", `/apis/apps/v1/namespaces/${space}/statefulsets`],
      ["Service", `/api/v1/namespaces/${space}/services`],
      ["NetworkPolicy", `/apis/networking.k8s.io/v1/namespaces/${space}/networkpolicies`],
    ];
    for (const [kind, path] of made) {
      const names = (await readItems<Named>(path)).map(({ metadata }) => metadata.name).sort();
      expect(names, kind).to.deep.equal(created(report, kind));
    }
    const again = await planned(space);
    expect(again.report.workspaces.map(({ steps }) => steps)).to.deep.equal([[], [], [], []]);
    expect(again.code).to.equal(0);
  });

  it("says of what the caller may not list that it is not considered, and plans without", async () => {
    const space = await namespace("viewer");
    await apply(...weightsIn(space, "eastus-2"));
    const annotations = { "foresail.dev/weights-claim": "w", "foresail.dev/zones": "eastus-1" };
    await applyIn(space, serving("m", "phi-4-mini-instruct", A100, { annotations }));
    const verbs = ["get", "list"];
    const role = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: space };
    await apply(
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "viewer", namespace: space } },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name: space },
        rules: [
          { apiGroups: ["kaito.sh"], resources: ["workspaces"], verbs },
          { apiGroups: ["karpenter.sh"], resources: ["nodeclaims"], verbs },
          { apiGroups: [""], resources: ["pods", "nodes", "services", "configmaps", "persistentvolumeclaims"], verbs },
          { apiGroups: ["apps"], resources: ["deployments", "statefulsets", "daemonsets"], verbs },
          { apiGroups: ["batch"], resources: ["jobs"], verbs },
          { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs },
        ],
      },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name: space },
        roleRef: role,
        subjects: [{ kind: "ServiceAccount", name: "viewer", namespace: space }],
      },
    );
    const path = join(cluster().workDir, `${space}.kubeconfig`);
    const kubeconfig = await serviceAccountKubeconfig(cluster(), { namespace: space, name: "viewer", path });
    const blind = await planned(space, { kubeconfig });
    expect(blind.stderr).to.contain(
      "not considered, since you may not list them: persistentvolumes, storageclasses, namesp",
    );
    expect(blind.report.workspaces.map(({ runs }) => runs)).to.deep.equal([true]);
    const seeing = await planned(space);
    expect(seeing.stderr).to.equal("");
    expect(seeing.report.workspaces[0]?.end[0]?.reason).to.equal("VolumeNodeAffinityConflict");
  });

  it("says what it cannot do without to somebody who may list nothing", async () => {
    const space = await namespace("nobody");
    await apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "nobody", namespace: space } });
    const path = join(cluster().workDir, `${space}.kubeconfig`);
    const kubeconfig = await serviceAccountKubeconfig(cluster(), { namespace: space, name: "nobody", path });
    const program = start(["plan", "--live", "--kubeconfig", kubeconfig, "--context", cluster().context]);
    expect(await program.ended, program.stderr()).to.equal(2);
    expect(program.stderr()).to.contain(
      "a plan cannot do without configmaps, deployments, jobs, networkpolicies, node",
    );
    expect(program.stderr()).to.contain("pods, services, statefulsets, workspaces: you may not list them");
  });

  it("tells the node that a changed manifest gets first, by its name", async () => {
    const space = await namespace("resize");
    await applyIn(space, serving("m", "phi-4-mini-instruct", A100));
    await waitForCondition(space, "m", "Ready");
    const [before] = await claimsIn(space);
    const changed = serving("m", "phi-4-mini-instruct", H100, { namespace: space });
    const file = join(cluster().workDir, `${space}.json`);
    writeFileSync(file, JSON.stringify(changed));
    const { report } = await planned(space, { path: file });
    const steps = report.workspaces[0]?.steps ?? [];
    expect(steps[0]?.deeds.map(({ does, kind }) => `${does} ${kind}`)).to.deep.equal(["create NodeClaim"]);
    expect(steps.at(-1)?.deeds[0]).to.deep.include({ does: "delete", kind: "NodeClaim", name: before });
    expect(await claimsIn(space)).to.deep.equal([before]);
    await applyIn(space, changed);
    const now = await waitFor("the second claim", async () => {
      const names = await claimsIn(space);
      return names.length === 2 && names.filter((name) => name !== before);
    });
    expect(now).to.deep.equal(created(report, "NodeClaim"));
  });
});
