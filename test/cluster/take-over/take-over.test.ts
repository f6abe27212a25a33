import { expect } from "chai";
import { after, before, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import type { TakenOver } from "../../../src/core/take-over/report.ts";
import { start } from "../cli/process.ts";
import { conditionOf, mustGetWorkspace, workspacePath } from "../e2e/workspaces.ts";
import { cluster, describeWith, mustKubectl, namespace, read, readItems, waitFor } from "../support/cluster.ts";
import type { Foresail } from "../support/foresail.ts";
import { down, endsWithDeployments, install, whole } from "../uninstall/installation.ts";
import {
  atRest,
  kaitoController,
  kaitoDefinition,
  kaitoIsReady,
  kaitoNodesOf,
  kaitoServes,
  mustBeSamePods,
  type Named,
  ourDefinition,
  podsOf,
  podUids,
  putDefinition,
  settledPodUids,
  workspacesIn,
} from "./kaito-cluster.ts";

const A100 = "Standard_NC24ads_A100_v4";
const H100 = "Standard_NC40ads_H100_v5";
const OF_CLAIMS = Array.from({ length: 14 }, (_, i) => `claim-${i}`);
const OF_POOLS = Array.from({ length: 6 }, (_, i) => `pool-${i}`);
const [ADOPTED = "", CHANGED = "", DELETED = ""] = OF_CLAIMS;
const [DELETED_OF_POOL = "", ADOPTED_OF_POOL = ""] = OF_POOLS;
const LONG_MS = 100_000;
const MINUTE_MS = 60_000;
const KAITO_FINALIZER = "workspace.finalizer.kaito.sh";

/** What it says of itself: name, whether it has an expansion, reason and message. */
function readyOf({ metadata, expansion, status }: Workspace): string {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return `${metadata.name}${expansion === undefined ? " (not expanded)" : ""} ${ready?.reason}: ${ready?.message}`;
}

interface Service extends Named {
  readonly spec: { readonly clusterIP: string; readonly selector: JsonObject; readonly ports: readonly JsonObject[] };
}

describeWith(
  ["scheduler", "controllerManager", "kwok", "karpenter"],
  "take-over of twenty Workspaces of KAITO's",
  () => {
    let space = "";
    let foresail: Foresail | undefined;
    let pods: readonly string[] = [];
    let addresses: readonly string[] = [];

    const service = (name: string) => read<Service>(`/api/v1/namespaces/${space}/services/${name}`);
    const clusterIps = async (): Promise<readonly string[]> =>
      (await readItems<Service>(`/api/v1/namespaces/${space}/services`))
        .map(({ metadata, spec }) => `${metadata.name} ${spec.clusterIP}`)
        .sort();
    const reason = async (name: string): Promise<string | undefined> =>
      (await mustGetWorkspace(space, name)).status?.conditions?.find(({ type }) => type === "Ready")?.reason;

    /** Ready addresses behind a Service, asked for all the time until `done`; gives how often there was none. */
    const unservedUntil = async (name: string, done: () => Promise<boolean | undefined>): Promise<number> => {
      let unserved = 0;
      await waitFor(
        `${name} to be replaced`,
        async () => {
          const path = `/apis/discovery.k8s.io/v1/namespaces/${space}/endpointslices?labelSelector=kubernetes.io/service-name%3D${name}`;
          const slices = await readItems<{ endpoints?: { conditions?: { ready?: boolean } }[] }>(path);
          const ready = slices
            .flatMap(({ endpoints = [] }) => endpoints ?? [])
            .filter((one) => one.conditions?.ready === true);
          if (ready.length === 0) unserved += 1;
          return await done();
        },
        MINUTE_MS,
      );
      return unserved;
    };

    /** What taking over means for the Workspaces of the test, as whoever looks before it is told. */
    const reported = async (): Promise<readonly TakenOver[]> => {
      const { kubeconfig, context } = cluster();
      const doctor = start(["doctor", "--take-over", "-o", "json", "--kubeconfig", kubeconfig, "--context", context]);
      // KAITO's controller runs when it is asked.
      expect(await doctor.ended, doctor.stderr()).to.equal(1);
      const { findings, takeOver } = JSON.parse(doctor.stdout());
      expect(findings.map(({ id }: { readonly id: string }) => id)).to.include("kaito/controller");
      return takeOver.filter((one: TakenOver) => one.namespace === space);
    };

    before(async function () {
      this.timeout(LONG_MS);
      await putDefinition(kaitoDefinition());
      space = await namespace("taken");
      await kaitoController(1);
      const wanted = [
        ...OF_CLAIMS.map((name) => ({ name, nodes: "gpu-provisioner" as const })),
        ...OF_POOLS.map((name) => ({ name, nodes: "karpenter" as const })),
      ];
      const made = await Promise.all(
        wanted.map((one) => kaitoServes({ ...one, namespace: space, instanceType: A100 })),
      );
      await Promise.all(made.map(kaitoIsReady));
      pods = await settledPodUids(space);
      addresses = await clusterIps();
      expect(pods).to.have.length(20);
    });

    after(async function () {
      this.timeout(LONG_MS);
      await foresail?.stop();
      await cluster().api.call({
        method: "DELETE",
        path: "/apis/apps/v1/namespaces/kube-system/deployments/kaito-workspace",
      });
      await whole();
      await putDefinition(ourDefinition());
    });

    it("nothing rolls: KAITO at 0, our definition, Foresail", async function () {
      this.timeout(LONG_MS);
      const report = await reported();
      expect(report.map(({ runs, adoption, refused }) => [runs, adoption, refused.length])).to.deep.equal(
        pods.map(() => ["StatefulSet", "new pod first", 0]),
      );
      await kaitoController(0);
      await putDefinition(ourDefinition());
      foresail = await install();
      let told: readonly string[] = [];
      await waitFor(
        "all to await adoption",
        async () => {
          told = (await workspacesIn(space)).map(readyOf);
          return told.every((one) => one.includes(" AwaitingAdoption: "));
        },
        MINUTE_MS,
      ).catch((error: unknown) => {
        throw new Error([String(error), ...told].join("\n"));
      });
      await mustBeSamePods(space, pods);
      expect(await clusterIps()).to.deep.equal(addresses);
      const all = await workspacesIn(space);
      for (const one of all) {
        expect(conditionOf(one, "WorkspaceReady"), one.metadata.name).to.equal("True");
        expect(one.status?.state).to.equal("Ready");
        expect(one.status?.takenOverInputs).to.equal(one.expansion?.inputsHash);
        expect(one.metadata.finalizers).to.include(KAITO_FINALIZER);
      }
      for (const plural of ["apps/v1", "networking.k8s.io/v1"]) {
        const kind = plural === "apps/v1" ? "deployments" : "networkpolicies";
        expect(await readItems(`/apis/${plural}/namespaces/${space}/${kind}`)).to.deep.equal([]);
      }
      const claims = await readItems<Named>(
        "/apis/karpenter.sh/v1/nodeclaims?labelSelector=foresail.dev/workspace-namespace",
      );
      expect(
        claims.filter(({ metadata }) => metadata.labels?.["foresail.dev/workspace-namespace"] === space),
      ).to.deep.equal([]);
    });

    for (const [how, name] of [
      ["adopt on one of gpu-provisioner's", ADOPTED],
      ["adopt on one of Karpenter's", ADOPTED_OF_POOL],
    ] as const) {
      it(`${how} rolls that one, and a pod is behind its Service all the time`, async function () {
        this.timeout(LONG_MS);
        const before = await service(name);
        await mustKubectl(["annotate", "workspace", name, "-n", space, "foresail.dev/adopt=true"]);
        const unserved = await unservedUntil(name, async () => {
          const live = await mustGetWorkspace(space, name);
          return (await reason(name)) === "Running" && live.metadata.finalizers?.includes(KAITO_FINALIZER) === false;
        });
        expect(unserved).to.equal(0);
        const [pod, ...more] = await podsOf(space, name);
        expect(more).to.deep.equal([]);
        expect(pod?.metadata.ownerReferences?.[0]?.name).to.match(new RegExp(`^${name}-[0-9a-z]+$`));
        const now = await service(name);
        expect(now?.metadata.uid).to.equal(before?.metadata.uid);
        expect(now?.spec.clusterIP).to.equal(before?.spec.clusterIP);
        expect(now?.spec.selector).to.deep.equal({ "kaito.sh/workspace": name });
        expect(now?.spec.ports.map(({ port }) => port)).to.deep.equal([80, 29_500]);
        expect(await read(`/apis/apps/v1/namespaces/${space}/statefulsets/${name}`)).to.equal(undefined);
        await waitFor("its nodes of KAITO's to go", async () => (await kaitoNodesOf(space, name)).length === 0);
        expect((await mustGetWorkspace(space, name)).status?.takenOverInputs).to.equal(undefined);
        await mustBeSamePods(space, pods, [ADOPTED, ADOPTED_OF_POOL]);
      });
    }

    it("a changed input rolls that one, and no other", async function () {
      this.timeout(LONG_MS);
      const patch = JSON.stringify({ resource: { instanceType: H100 } });
      await mustKubectl(["patch", "workspace", CHANGED, "-n", space, "--type=merge", "-p", patch]);
      await waitFor("the new size to run", async () => (await reason(CHANGED)) === "Running", LONG_MS);
      const { status } = await mustGetWorkspace(space, CHANGED);
      await waitFor("its old node to go", async () => (await kaitoNodesOf(space, CHANGED)).length === 0);
      expect(status?.nodes?.some(({ instanceType }) => instanceType === H100)).to.equal(true);
      await mustBeSamePods(space, pods, [ADOPTED, ADOPTED_OF_POOL, CHANGED]);
    });

    it("deletion takes all of it along: workload, Services, claims or NodePool, both finalizers", async function () {
      this.timeout(LONG_MS);
      const gone = [DELETED, DELETED_OF_POOL];
      await mustKubectl(["delete", "workspace", ...gone, "-n", space, "--wait=false"]);
      for (const name of gone) {
        await waitFor(`${name} to go`, async () => (await read(workspacePath(space, name))) === undefined, MINUTE_MS);
        expect(await kaitoNodesOf(space, name)).to.deep.equal([]);
        await waitFor("its children to go", async () => {
          const found = await Promise.all([
            read(`/apis/apps/v1/namespaces/${space}/statefulsets/${name}`),
            service(name),
            service(`${name}-headless`),
          ]);
          return found.every((one) => one === undefined) && (await podsOf(space, name)).length === 0;
        });
      }
    });

    it("KAITO's definition under us stops writes and is said; ours restores the same expansions", async function () {
      this.timeout(LONG_MS);
      const reconciler = foresail?.reconciler;
      // What the tests before have set in motion is written down first.
      const before = new Map((await atRest(space)).map((one) => [one.metadata.name, one]));
      const uids = await podUids(space);
      await putDefinition(kaitoDefinition());
      await waitFor("it to be said", async () => {
        const ready = await reconciler?.readyz();
        return ready?.status !== 200 && /no field expansion/.test(ready?.body ?? "");
      });
      // One that is written meanwhile gets another from admission, the others keep theirs in the store.
      await mustKubectl(["label", "workspace", ADOPTED, "-n", space, "team=a"]);
      // Every pod that changes makes the reconciler look.
      await mustKubectl(["annotate", "pods", "--all", "-n", space, "look=1"]);
      const during = await atRest(space);
      for (const { metadata, expansion } of during) {
        expect(expansion).to.equal(undefined);
        if (metadata.name === ADOPTED) continue;
        expect(metadata.resourceVersion, metadata.name).to.equal(before.get(metadata.name)?.metadata.resourceVersion);
      }
      await putDefinition(ourDefinition());
      await waitFor(
        "the expansions to be back",
        async () => {
          const all = await workspacesIn(space);
          const ready = await reconciler?.readyz();
          return ready?.status === 200 && all.every(({ expansion }) => expansion !== undefined);
        },
        LONG_MS,
      );
      for (const one of await workspacesIn(space)) {
        expect(one.expansion, one.metadata.name).to.deep.equal(before.get(one.metadata.name)?.expansion);
      }
      await waitFor("all to be Ready", async () =>
        (await workspacesIn(space)).every((one) => conditionOf(one, "Ready") === "True"),
      );
      await mustBeSamePods(space, uids);
    });

    it("the way back leaves every pod that was not adopted", async function () {
      this.timeout(LONG_MS);
      const uids = await podUids(space);
      if (foresail === undefined) throw new Error("Foresail runs since the take-over");
      const { ended } = await endsWithDeployments(foresail);
      const { code, said } = await down("--everything");
      await ended;
      foresail = undefined;
      expect(code, said).to.equal(0);
      await putDefinition(kaitoDefinition());
      await kaitoController(1);
      await mustBeSamePods(space, uids);
      for (const { metadata, expansion, ...rest } of await workspacesIn(space)) {
        const adopted = [ADOPTED, ADOPTED_OF_POOL, CHANGED].includes(metadata.name ?? "");
        // KAITO adds its own at its first look.
        expect(metadata.finalizers ?? []).to.deep.equal(adopted ? [] : [KAITO_FINALIZER]);
        expect(expansion).to.equal(undefined);
        expect(rest.resource?.instanceType).to.be.a("string");
      }
    });
  },
);
