import { expect } from "chai";
import { after, before, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { byName, CHART, type Helm, helmIn, helmProgram } from "../../chart/helm.ts";
import { serving, workspacePath } from "../e2e/workspaces.ts";
import { apply, cluster, describeWith, mustKubectl, namespace, read, waitFor } from "../support/cluster.ts";
import { installFoundation } from "../support/install.ts";
import { CONFIGURATION_PATHS } from "../support/webhook.ts";

// A cold build of Helm compiles a thousand packages; on a busy machine that takes minutes.
const BUILD_TIMEOUT_MS = 900_000;
const RELEASE = ["foresail", CHART, "--namespace", "foresail-system"];

interface Live extends JsonObject {
  readonly metadata: { readonly resourceVersion: string; readonly generation: number };
}

describeWith(["controllerManager"], "a release of the chart", () => {
  let helm: Helm | undefined;
  let place = "";
  let notes = "";
  before(async function () {
    this.timeout(BUILD_TIMEOUT_MS);
    const found = await helmProgram();
    if ("reason" in found) {
      if (process.env["CI"] === "true") throw new Error(found.reason);
      this.skip();
    }
    await installFoundation();
    place = await namespace("chart");
    await apply({ ...serving("kept", "phi-4"), metadata: { name: "kept", namespace: place } });
    helm = helmIn(cluster().workDir, found.path, cluster().kubeconfig);
    notes = await run("install", ...RELEASE, "--take-ownership");
  });
  after(async () => {
    if (helm === undefined) return;
    await helm(["uninstall", "foresail", "--namespace", "foresail-system", "--ignore-not-found"]);
    await waitFor("the configurations to be gone", async () => {
      const found = await Promise.all(CONFIGURATION_PATHS.map((path) => read(path)));
      return found.every((one) => one === undefined);
    });
    await mustKubectl(["delete", "namespace", place, "--wait=false"]);
    await installFoundation();
  });

  async function run(...args: readonly string[]): Promise<string> {
    if (helm === undefined) throw new Error("Helm is there from the first test on");
    const { code, stdout, stderr } = await helm(args);
    if (code !== 0) throw new Error(`helm ${args[0]} ended with ${code}: ${stderr}`);
    return stdout;
  }

  /** The objects of the release as the API server has them: `kind/name` → version and generation. */
  async function live(): Promise<ReadonlyMap<string, Live["metadata"]>> {
    const stated = byName(await run("get", "manifest", "foresail", "--namespace", "foresail-system"));
    const text = await mustKubectl(["get", "-f", "-", "-o", "json"], streamOf(stated));
    const { items } = JSON.parse(text) as { readonly items: readonly (Live & { readonly kind: string })[] };
    return new Map(
      items.map(({ kind, metadata }) => {
        const { name, resourceVersion, generation } = metadata as unknown as Live["metadata"] & { name: string };
        return [`${kind}/${name}`, { resourceVersion, generation }];
      }),
    );
  }

  it("is taken by the API server, and says what is missing", async () => {
    expect(notes).to.include("No nodeClass is stated").and.to.include("kubectl label namespace foresail-system");
    const objects = await live();
    expect([...objects.keys()]).to.include.members([
      "CustomResourceDefinition/workspaces.kaito.sh",
      "Deployment/foresail-webhook",
      "ValidatingAdmissionPolicy/workspace-writers.foresail.dev",
      "ValidatingWebhookConfiguration/foresail",
    ]);
  });

  it("changes nothing when it is repeated, and by a value what the value is for", async () => {
    const first = await live();
    await run("upgrade", ...RELEASE);
    const repeated = await live();
    const moved = (from: typeof first, to: typeof first) =>
      [...to].filter(([id, { generation }]) => from.get(id)?.generation !== generation).map(([id]) => id);
    expect(moved(first, repeated)).to.deep.equal([]);
    const said = await run("upgrade", ...RELEASE, "--set", "failurePolicy=Ignore,nodeClass=a.b/C/d");
    expect(said).to.not.include("No nodeClass is stated");
    expect(moved(repeated, await live()).sort()).to.deep.equal([
      "Deployment/foresail-reconciler",
      "MutatingWebhookConfiguration/foresail",
      "ValidatingWebhookConfiguration/foresail",
    ]);
  });

  it("leaves the definition and the Workspaces when it goes, and nothing else", async () => {
    const before = await live();
    await run("uninstall", "foresail", "--namespace", "foresail-system");
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/workspaces.kaito.sh";
    expect(await read(path)).to.not.equal(undefined);
    expect(await read(workspacePath(place, "kept"))).to.not.equal(undefined);
    const left = await mustKubectl([
      "get",
      "clusterroles,clusterrolebindings,validatingadmissionpolicies",
      "-o",
      "name",
    ]);
    expect(left.split("\n").filter((name) => /foresail/.test(name))).to.deep.equal([]);
    expect(before.size).to.be.greaterThan(20);
  });
});

function streamOf(objects: ReadonlyMap<string, JsonObject>): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items: [...objects.values()] });
}
