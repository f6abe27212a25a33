import { expect } from "chai";
import { after, before, it } from "mocha";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import { serving } from "../e2e/workspaces.ts";
import { cluster, describeWith, kubectl, mustKubectl, namespace, read } from "../support/cluster.ts";
import { manifest as shipped } from "../support/install.ts";
import { CONFIGURATION_PATHS, manifestsFor, startWebhook, type WebhookProcess } from "../support/webhook.ts";

const A100 = "Standard_NC24ads_A100_v4";
const SECRET = ["secret", "foresail-webhook-certs", "-n", "foresail-system"];
/** timeoutSeconds of the configurations, and time for the rest of a call. */
const LONGEST_REFUSAL_MS = 7_000;

describeWith(["controllerManager"], "the API server while no webhook answers", () => {
  let webhook: WebhookProcess;
  let place: string;
  let leaving: string;
  before(async () => {
    webhook = await startWebhook();
    [place, leaving] = [await namespace("down"), await namespace("down")];
    for (const name of ["one", "two", "held"]) await applied(place, name);
    await applied(leaving, "one");
    await webhook.stop("SIGKILL");
  });
  after(() => webhook.uninstall());

  const pathOf = (name: string) => `/apis/kaito.sh/v1beta1/namespaces/${place}/workspaces/${name}`;
  const stated = (name: string) =>
    serving(name, "phi-4", A100, name === "held" ? { finalizers: ["example.com/x"] } : {});
  const applied = (space: string, name: string, ...flags: readonly string[]) =>
    mustKubectl(["apply", "-n", space, ...flags, "-f", "-"], JSON.stringify(stated(name)));
  const merge = (path: string, body: JsonObject) => cluster().api.must({ method: "PATCH", path, body });
  const versionOf = async (name: string): Promise<unknown> => {
    const object = await read(pathOf(name));
    return isObject(object) && isObject(object["metadata"]) ? object["metadata"]["resourceVersion"] : undefined;
  };

  it("takes unchanged applies, client-side and server-side, as if nothing had happened", async () => {
    const before = await versionOf("one");
    expect(await applied(place, "one")).to.include("unchanged");
    expect(await versionOf("one")).to.equal(before);
    await applied(place, "one", "--server-side", "--force-conflicts", "--field-manager=flux");
    await applied(place, "one", "--server-side", "--force-conflicts", "--field-manager=flux", "--dry-run=server");
  });

  it("takes labels, annotations that are no inputs, owners, and status", async () => {
    await merge(pathOf("one"), { metadata: { labels: { team: "a" }, annotations: { "example.com/note": "b" } } });
    // One that is there: the garbage collector deletes what belongs to nobody.
    const path = `/api/v1/namespaces/${place}/configmaps`;
    const made = await cluster().api.must({ method: "POST", path, body: { metadata: { name: "owner" } } });
    const { uid } = (made as { readonly metadata: { readonly uid: string } }).metadata;
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid };
    await merge(pathOf("one"), { metadata: { ownerReferences: [owner] } });
    await merge(pathOf("one"), { metadata: { ownerReferences: null } });
    await merge(`${pathOf("one")}/status`, { status: { observedGeneration: 1 } });
    expect(await read(pathOf("one"))).to.have.nested.property("status.observedGeneration", 1);
  });

  it("takes finalizers and deletes: a Workspace goes, and so does a whole namespace", async () => {
    await mustKubectl(["delete", "workspace", "held", "-n", place, "--wait=false"]);
    await merge(pathOf("held"), { metadata: { finalizers: null } });
    expect(await read(pathOf("held"))).to.equal(undefined);
    await mustKubectl(["delete", "workspace", "two", "-n", place]);
    await mustKubectl(["delete", "namespace", leaving, "--timeout=60s"]);
  });

  it("takes everything in our own namespace and in kube-system, Workspaces included", async () => {
    for (const space of ["foresail-system", "kube-system"]) {
      await applied(space, "own", "--dry-run=server");
      const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "any" } };
      await mustKubectl(["create", "-n", space, "--dry-run=server", "-f", "-"], JSON.stringify(configMap));
    }
    // What brings the webhook back.
    const own = [
      "webhook/deployment.yaml",
      "webhook/service.yaml",
      "rbac/webhook.yaml",
      "crds/workspaces.kaito.sh.yaml",
    ];
    for (const object of own.flatMap((path) => shipped(path))) {
      const flags = ["--server-side", "--force-conflicts", "--dry-run=server"];
      await mustKubectl(["apply", ...flags, "-f", "-"], JSON.stringify(object));
    }
  });

  it("takes pods, nodes and all that is no Workspace, anywhere", async () => {
    const containers = [{ name: "a", image: "registry.example/a:1" }];
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "any", namespace: place }, spec: { containers } };
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "any" } };
    for (const object of [pod, node]) {
      await mustKubectl(["create", "--dry-run=server", "-f", "-"], JSON.stringify(object));
    }
  });

  it("refuses what needs a decision, in time, so that engines try again; nothing unexpanded is stored", async () => {
    const startMs = performance.now();
    const body = { ...stated("new"), metadata: { name: "new", namespace: place } };
    const path = pathOf("new").replace(/\/new$/, "");
    const answer = await cluster().api.call({ method: "POST", path, body });
    expect(answer.status, "neither 403 nor 422: it is no verdict").to.equal(500);
    expect(performance.now() - startMs).to.be.below(LONGEST_REFUSAL_MS);
    expect(await read(pathOf("new"))).to.equal(undefined);
    const annotated = await kubectl(["annotate", "workspace", "one", "-n", place, "foresail.dev/replicas=2"]);
    expect(annotated.stderr).to.include("mutate.foresail.dev");
  });

  it("goes on by itself when the webhook is back", async () => {
    await webhook.start();
    await applied(place, "new");
    expect(await read(pathOf("new"))).to.have.nested.property("expansion.preset.name", "phi-4");
  });

  it("goes on by itself although certificates and CA were lost meanwhile", async () => {
    await webhook.stop("SIGKILL");
    await mustKubectl(["delete", ...SECRET]);
    // Reinstalled, without a CA.
    const items = manifestsFor(`https://127.0.0.1:${webhook.port}`);
    await mustKubectl(["replace", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    await webhook.start();
    await applied(place, "newer");
    expect(await read(CONFIGURATION_PATHS[0] ?? "")).to.have.nested.property("webhooks[0].clientConfig.caBundle");
    expect(await read(pathOf("newer"))).to.have.nested.property("expansion.preset.name", "phi-4");
  });
});
