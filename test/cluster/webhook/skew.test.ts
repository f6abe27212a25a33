import { expect } from "chai";
import { before, it } from "mocha";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { loadCatalogue } from "../../../src/load.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { mustGetWorkspace, serving } from "../e2e/workspaces.ts";
import { NEXT_RELEASE, nextPackage } from "../gitops/support/next-release.ts";
import { cluster, describeWith, mustKubectl, namespace, read, waitFor } from "../support/cluster.ts";
import { type ReconcilerProcess, startReconciler } from "../support/reconciler.ts";
import { type Replicas, startReplicas } from "../support/replicas.ts";

const A100 = "Standard_NC24ads_A100_v4";
const TODAY = loadCatalogue().current.id;
const OBJECTS = 24;

describeWith(["controllerManager"], "this version beside the next", () => {
  let next: string;
  let place: string;
  before(async () => {
    next = nextPackage(cluster().workDir);
    place = await namespace("skew");
  });

  const apply = (name: string, ...flags: readonly string[]) =>
    mustKubectl(["apply", "-n", place, ...flags, "-f", "-"], JSON.stringify(serving(name, "phi-4", A100)));
  const create = (name: string) =>
    cluster().api.must({
      method: "POST",
      path: `/apis/kaito.sh/v1beta1/namespaces/${place}/workspaces`,
      body: serving(name, "phi-4", A100),
    });
  const flux = ["--server-side", "--force-conflicts", "--field-manager=flux"];
  const stored = async (name: string): Promise<Workspace> => await mustGetWorkspace(place, name);
  const remove = (name: string) => mustKubectl(["delete", "workspace", name, "-n", place, "--timeout=60s"]);

  it("as two replicas behind one address: all is admitted, what is stored stays", async () => {
    const replicas = await startReplicas({ packages: [packageRoot(), next] });
    try {
      const names = Array.from({ length: OBJECTS }, (_, i) => `both-${i}`);
      // At once, so that the API server opens many connections: each goes to one of the two, mutate and validate apart.
      await Promise.all(names.map(create));
      const releases = await Promise.all(names.map(async (name) => (await stored(name)).expansion?.catalog));
      expect([...new Set(releases)].sort()).to.deep.equal([TODAY, NEXT_RELEASE].sort());
      const sample = [TODAY, NEXT_RELEASE].map((release) => names[releases.indexOf(release)] ?? "");
      for (const name of sample) {
        const before = await stored(name);
        for (const round of [["--dry-run=server"], [], ["--dry-run=server"]]) await apply(name, ...flux, ...round);
        // Without the expansion, so both are asked; each puts back what was stored, also of a release it does not carry.
        for (let i = 0; i < 4; i++) {
          await mustKubectl(["replace", "-n", place, "-f", "-"], JSON.stringify(serving(name, "phi-4", A100)));
        }
        const after = await stored(name);
        expect(after.expansion, name).to.deep.equal(before.expansion);
        expect(after.metadata.generation, name).to.equal(before.metadata.generation);
      }
      for (const name of names) await remove(name);
    } finally {
      await replicas.uninstall();
    }
  });

  it("as this webhook with the next reconciler: nothing restarts, the newer expansion is only offered", async () => {
    const replicas = await startReplicas({ packages: [packageRoot()] });
    const reconcilers = [
      { folder: packageRoot(), upgrade: undefined },
      { folder: next, upgrade: NEXT_RELEASE },
      { folder: packageRoot(), upgrade: undefined },
    ];
    await unmoved(replicas, reconcilers, { name: "ahead", release: TODAY });
  });

  it("as the next webhook with this reconciler: nothing restarts either", async () => {
    const replicas = await startReplicas({ packages: [next] });
    // Today's runs what it cannot make again because the next one has compared it; by itself it would wait for the next one.
    const reconcilers = [next, packageRoot(), next].map((folder) => ({ folder, upgrade: undefined }));
    await unmoved(replicas, reconcilers, { name: "behind", release: NEXT_RELEASE });
  });

  interface Version {
    readonly folder: string;
    /** The release it offers; undefined: none, an older one least of all. */
    readonly upgrade: string | undefined;
  }

  /** One reconciler after the other looks at one Workspace; neither it nor its Deployment moves. */
  async function unmoved(
    replicas: Replicas,
    versions: readonly Version[],
    { name, release }: { readonly name: string; readonly release: string },
  ): Promise<void> {
    let reconciler: ReconcilerProcess | undefined;
    try {
      await apply(name);
      expect((await stored(name)).expansion?.catalog).to.equal(release);
      let first: unknown;
      for (const { folder, upgrade } of versions) {
        await reconciler?.stop();
        reconciler = await startReconciler({ package: folder });
        await settled(reconciler, name);
        const now = await essence(name);
        first ??= now;
        expect(now).to.deep.equal(first);
        const { status } = await stored(name);
        expect(status?.upgrade?.release, "what it offers").to.equal(upgrade);
        expect(status?.conditions?.find(({ type }) => type === "Stalled")?.status).to.not.equal("True");
      }
      await remove(name);
    } finally {
      await reconciler?.stop();
      await replicas.uninstall();
    }
  }

  async function essence(name: string): Promise<unknown> {
    const { expansion, metadata } = await stored(name);
    const deployment = await read<JsonObject>(`/apis/apps/v1/namespaces/${place}/deployments/${name}`);
    return { expansion, generation: metadata.generation, spec: deployment?.["spec"], rolled: generationOf(deployment) };
  }

  /** This reconciler has looked, there is a Deployment, and nothing is left to look at. */
  async function settled(reconciler: ReconcilerProcess, name: string): Promise<void> {
    await waitFor(`${reconciler.name} to be done with ${name}`, async () => {
      const metrics = await reconciler.metrics();
      const done = (metrics.get('foresail_reconciles_total{result="done"}') ?? 0) >= 1;
      const idle = ["due", "running", "failing"].every(
        (state) => metrics.get(`foresail_queue_depth{state="${state}"}`) === 0,
      );
      return (
        done && idle && generationOf(await read(`/apis/apps/v1/namespaces/${place}/deployments/${name}`)) !== undefined
      );
    });
  }
});

function generationOf(object: unknown): unknown {
  return isObject(object) && isObject(object["metadata"]) ? object["metadata"]["generation"] : undefined;
}
