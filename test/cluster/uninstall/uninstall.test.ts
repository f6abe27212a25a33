import { expect } from "chai";
import { after, afterEach, it } from "mocha";
import { applyIn, refused, serving, waitForCondition } from "../e2e/workspaces.ts";
import { apply, describeWith, mustKubectl, namespace, read, waitFor } from "../support/cluster.ts";
import type { Foresail } from "../support/foresail.ts";
import { installFoundation } from "../support/install.ts";
import { installOwnGroup, removeOwnGroup } from "../support/own-group.ts";
import { CONFIGURATION_PATHS, removeConfigurations } from "../support/webhook.ts";
import {
  DEFINITION,
  down,
  endsWithDeployments,
  existing,
  finalizers,
  install,
  machines,
  model,
  modelInOurs,
  OWN_DEFINITION,
  PARTS,
  podUids,
  whole,
} from "./installation.ts";

const FINALIZER = "foresail.dev/workspace";
const PATIENCE_MS = 120_000;

describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "an uninstallation", function () {
  this.timeout(2 * PATIENCE_MS);
  let foresail: Foresail | undefined;
  const installed = async (): Promise<Foresail> => {
    foresail = await install();
    return foresail;
  };
  const processesEnd = async (): Promise<void> => {
    await foresail?.reconciler.stop();
    await foresail?.webhook.stop();
    await mustKubectl(["delete", "deployment", "--all", "-n", "foresail-system", "--ignore-not-found"]);
  };
  afterEach(async () => {
    await foresail?.stop().catch(() => {});
    foresail = undefined;
    await removeConfigurations();
  });
  // The tests after this one find what every test starts with.
  after(async () => {
    await whole();
    await installFoundation();
  });

  it("in order leaves models serving on their nodes; the next installation takes them up with nothing restarted", async () => {
    const processes = await endsWithDeployments(await installed());
    const space = await namespace("leave");
    await model(space, "kept");
    const before = { pods: await podUids(space), machines: await machines(space) };
    expect(before.pods).to.have.length(1);

    const { code, said } = await down("--everything");
    await processes.ended;
    expect(code, said).to.equal(0);
    expect(said).to.contain("removed our finalizer from 1 Workspaces");
    expect(said).to.contain(`1 Workspaces stay with their definition, and their models keep serving: ${space}/kept`);
    expect(said).to.contain("1 NodeClaims stay, and their nodes cost money");
    await waitFor("all parts to be gone", async () => (await existing()).length === 0, PATIENCE_MS);
    expect(await existing([DEFINITION])).to.deep.equal([DEFINITION]);
    expect(await finalizers(space, "kept")).to.equal(undefined);
    expect({ pods: await podUids(space), machines: await machines(space) }).to.deep.equal(before);

    await installed();
    await waitFor("the finalizer to be back", async () => (await finalizers(space, "kept"))?.includes(FINALIZER));
    await waitForCondition(space, "kept", "Ready");
    expect({ pods: await podUids(space), machines: await machines(space) }).to.deep.equal(before);
    await mustKubectl(["delete", "workspace", "kept", "-n", space, "--timeout=100s"]);
    expect(await machines(space)).to.deep.equal([]);
  });

  it("with the models takes down Workspaces and nodes before what takes them down", async () => {
    const processes = await endsWithDeployments(await installed());
    await installOwnGroup();
    const space = await namespace("leave");
    await Promise.all([model(space, "ends"), modelInOurs(space, "ends-too")]);
    const { code, said } = await down("--everything", "--delete-models");
    await processes.ended;
    expect(code, said).to.equal(0);
    expect(said).to.contain("removed 2 Workspaces and their nodes").and.to.contain("nothing of Foresail is left");
    expect(said).not.to.contain("one runs here");
    expect(await machines(space)).to.deep.equal([]);
    expect(await existing([...PARTS, DEFINITION, OWN_DEFINITION])).to.deep.equal([]);
  });

  it("says so where the namespace is held by something of others", async () => {
    const processes = await endsWithDeployments(await installed());
    const metadata = { name: "held", namespace: "foresail-system", finalizers: ["test.foresail.dev/held"] };
    await apply({ apiVersion: "v1", kind: "ConfigMap", metadata });
    const { code, said } = await down("--everything", "--timeout-minutes=0.05");
    await processes.ended;
    const unheld = JSON.stringify({ metadata: { finalizers: null } });
    await mustKubectl(["patch", "configmap", "held", "-n", "foresail-system", "--type=merge", "-p", unheld]);
    expect(code, said).to.equal(0);
    expect(said)
      .to.contain("Namespace foresail-system is still going")
      .and.not.to.contain("nothing of Foresail is left");
  });

  it("keeps a definition while a Workspace of its group is there, and releases that of ours, too", async () => {
    const processes = await endsWithDeployments(await installed());
    await installOwnGroup();
    const space = await namespace("leave");
    await modelInOurs(space, "kept");
    const before = await podUids(space);
    const { code, said } = await down("--everything");
    await processes.ended;
    expect(code, said).to.equal(0);
    expect(said).to.contain("removed our finalizer from 1 Workspaces");
    expect(said).to.contain(
      `1 Workspaces stay with their definition, and their models keep serving: Workspace.foresail.dev ${space}/kept`,
    );
    expect(await existing([DEFINITION, OWN_DEFINITION])).to.deep.equal([OWN_DEFINITION]);
    expect(await podUids(space)).to.deep.equal(before);
    await installed();
    await mustKubectl(["delete", "workspaces.foresail.dev", "kept", "-n", space, "--timeout=100s"]);
    await waitFor("its nodes to be gone", async () => (await machines(space)).length === 0, PATIENCE_MS);
    await removeOwnGroup();
  });

  it("with the processes gone first: creates are refused until down removes the configurations, then it ends the models itself", async () => {
    await installed();
    const space = await namespace("leave");
    await model(space, "ends");
    await processesEnd();
    await mustKubectl(["delete", "service", "foresail-webhook", "-n", "foresail-system"]);
    await mustKubectl(["delete", "workspace", "ends", "-n", space, "--wait=false"]);
    expect(await refused(["create", "-n", space, "-f", "-"], serving("next", "phi-4"))).to.contain(
      "mutate.foresail.dev",
    );
    // What the test's processes were reached by, as an installation is.
    await mustKubectl(["apply", "--server-side", "--force-conflicts", "-f", "manifests/webhook/configurations.yaml"]);
    const first = await down();
    expect(first.said).to.contain("removed the webhook configurations");
    expect(await existing(CONFIGURATION_PATHS)).to.deep.equal([]);
    await applyIn(space, serving("next", "phi-4"), "--dry-run=server");
    expect(await finalizers(space, "ends")).to.include(FINALIZER);

    const { code, said } = await down("--everything", "--delete-models");
    expect(code, said).to.equal(0);
    expect(said).to.contain("no reconciler works in this cluster: one runs here until the Workspaces are gone");
    expect(said).to.contain("nothing of Foresail is left");
    expect(await machines(space)).to.deep.equal([]);
    await waitFor("all to be gone", async () => (await existing([...PARTS, DEFINITION])).length === 0, PATIENCE_MS);
  });

  it("with the namespace gone first says what stays, and ends clean", async () => {
    await installed();
    const space = await namespace("leave");
    await model(space, "kept");
    await mustKubectl(["delete", "namespace", "foresail-system", "--timeout=100s"]);
    await processesEnd();
    const { code, said } = await down("--everything");
    expect(code, said).to.equal(0);
    expect(said).to.contain("1 Workspaces stay with their definition").and.to.contain("1 NodeClaims stay");
    expect(await existing()).to.deep.equal([]);
    // Nobody holds it any more: it goes at once, and its pods with it.
    await mustKubectl(["delete", "workspace", "kept", "-n", space, "--timeout=30s"]);
    await waitFor("its pods to be gone", async () => (await podUids(space)).length === 0, PATIENCE_MS);
    expect(await machines(space)).not.to.deep.equal([]);
    // The next installation removes what belongs to nobody.
    await installed();
    await waitFor("its nodes to be gone", async () => (await machines(space)).length === 0, PATIENCE_MS);
  });

  it("with the definition deleted first and no reconciler: down ends what hangs", async () => {
    await installed();
    const space = await namespace("leave");
    await model(space, "hangs");
    await processesEnd();
    await mustKubectl(["delete", "crd", "workspaces.kaito.sh", "--wait=false"]);
    await waitFor("the Workspace to hang", async () => {
      const object = await read<{ metadata: { deletionTimestamp?: string } }>(
        `/apis/kaito.sh/v1beta1/namespaces/${space}/workspaces/hangs`,
      );
      return object?.metadata.deletionTimestamp !== undefined;
    });
    const { code, said } = await down("--everything", "--delete-models");
    expect(code, said).to.equal(0);
    expect(await machines(space)).to.deep.equal([]);
    await waitFor("all to be gone", async () => (await existing([...PARTS, DEFINITION])).length === 0, PATIENCE_MS);
  });

  it("is not needed for one Workspace: deleted with no reconciler running, it goes when one is back", async () => {
    const { reconciler } = await installed();
    const space = await namespace("leave");
    await model(space, "late");
    await reconciler.stop();
    await mustKubectl(["delete", "workspace", "late", "-n", space, "--wait=false"]);
    expect(await finalizers(space, "late")).to.include(FINALIZER);
    await reconciler.start();
    await mustKubectl(["wait", "--for=delete", "workspace/late", "-n", space, "--timeout=100s"]);
    expect(await machines(space)).to.deep.equal([]);
  });

  it("does nothing while Flux would put it back", async () => {
    await installed();
    await mustKubectl(["apply", "--server-side", "-f", "-"], JSON.stringify(fluxKustomizations));
    await mustKubectl(["wait", "--for=condition=Established", "crd/kustomizations.kustomize.toolkit.fluxcd.io"]);
    try {
      await mustKubectl(["apply", "-f", "-"], JSON.stringify(kustomization(false)));
      const labels = ["kustomize.toolkit.fluxcd.io/name=foresail", "kustomize.toolkit.fluxcd.io/namespace=default"];
      await mustKubectl(["label", "deployment", "foresail-webhook", "-n", "foresail-system", ...labels]);
      const before = await existing();
      const { code, said } = await down("--everything");
      expect(code, said).to.equal(2);
      expect(said).to.contain(
        "Flux's Kustomization default/foresail puts back what is removed: take it out of git, or",
      );
      expect(await existing()).to.deep.equal(before);
      await mustKubectl(["apply", "-f", "-"], JSON.stringify(kustomization(true)));
      await processesEnd();
      const suspended = await down("--everything");
      expect(suspended.code, suspended.said).to.equal(0);
    } finally {
      await mustKubectl(["delete", "crd", "kustomizations.kustomize.toolkit.fluxcd.io"]);
    }
  });
});

const group = "kustomize.toolkit.fluxcd.io";
/** Flux's definition as far as it is read here. */
const fluxKustomizations = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `kustomizations.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: {
      kind: "Kustomization",
      plural: "kustomizations",
      singular: "kustomization",
      listKind: "KustomizationList",
    },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};

function kustomization(suspend: boolean) {
  const metadata = { name: "foresail", namespace: "default" };
  return { apiVersion: `${group}/v1`, kind: "Kustomization", metadata, spec: { suspend } };
}
