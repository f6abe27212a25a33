import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { PlanReport } from "../../src/core/imagine/report.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { KubeObject } from "../../src/kube/kube.ts";
import { storageClass, volume, volumeClaim, ZONE } from "../core/capacity/volume-objects.ts";
import { applied, empty, workspace } from "../core/imagine/clusters.ts";
import { FakeApiServer, isList } from "../kube/support/api-server.ts";
import { answer } from "../kube/support/rest.ts";
import { foresailHere } from "./support/here.ts";

const NARROWING = ["persistentvolumeclaims", "persistentvolumes", "storageclasses", "daemonsets", "namespaces"];

describe("foresail plan --live, what only narrows a plan", () => {
  let server: FakeApiServer;
  const put = (collection: string, object: object): void => {
    const stored = object as KubeObject & JsonObject & { metadata: JsonObject };
    server.store.put(`${collection}/${stored.metadata.name}`, stored);
  };
  const planned = async (): Promise<{ report: PlanReport; stderr: string }> => {
    const args = ["plan", "--live", "--kubeconfig", server.kubeconfig(), "--context", "fake", "-o", "json"];
    const { stdout, stderr } = await foresailHere(args);
    return { report: JSON.parse(stdout) as PlanReport, stderr };
  };
  const zones = ({ workspaces }: PlanReport): readonly (string | undefined)[] =>
    workspaces.flatMap(({ steps }) =>
      steps.flatMap(({ deeds }) => deeds.flatMap(({ claim }) => (claim === undefined ? [] : [claim.zone]))),
    );

  before(async () => {
    server = await FakeApiServer.start();
    const annotations = { "foresail.dev/weights-claim": "w" };
    const bound = applied(empty(), workspace("bound", { annotations }));
    const free = applied(empty(), workspace("free", { annotations: { "foresail.dev/weights-claim": "x" } }));
    for (const one of [...bound.workspaces, ...free.workspaces]) {
      put("/apis/kaito.sh/v1beta1/namespaces/default/workspaces", one);
    }
    const claims = "/api/v1/namespaces/default/persistentvolumeclaims";
    put(claims, volumeClaim("w", { volumeName: "pv" }, "default"));
    put(claims, volumeClaim("x", { storageClassName: "zonal" }, "default"));
    put("/api/v1/persistentvolumes", volume("pv", [ZONE, "eastus-2"]));
    put("/apis/storage.k8s.io/v1/storageclasses", storageClass("zonal", ZONE, "eastus-3"));
  });
  after(() => server.stop());

  it("is read where it may be", async () => {
    const { report, stderr } = await planned();
    expect(stderr).to.equal("");
    expect(zones(report)).to.deep.equal(["eastus-2", "eastus-3"]);
    expect(report.workspaces.map(({ runs }) => runs)).to.deep.equal([true, true]);
  });

  it("counts DaemonSets", async () => {
    const spec = {
      containers: [{ name: "c", resources: { requests: { cpu: "20" } } }],
      tolerations: [{ operator: "Exists" }],
    };
    put("/apis/apps/v1/namespaces/kube-system/daemonsets", { metadata: { name: "d" }, spec: { template: { spec } } });
    const { report } = await planned();
    expect(report.workspaces.map(({ end }) => end[0]?.reason)).to.deep.equal([
      "PodDoesNotFitNode",
      "PodDoesNotFitNode",
    ]);
    server.store.delete("/apis/apps/v1/namespaces/kube-system/daemonsets/d");
  });

  it("is told, not considered and no obstacle where it may not be", async () => {
    for (const plural of NARROWING) {
      server.next(
        (request) => isList(request) && request.url.pathname.endsWith(`/${plural}`),
        answer(403, "Forbidden"),
      );
    }
    const { report, stderr } = await planned();
    expect(stderr).to.equal(`not considered, since you may not list them: ${NARROWING.join(", ")}\n`);
    expect(zones(report)).to.deep.equal([undefined, undefined]);
    expect(server.pendingFaults).to.equal(0);
  });

  it("fails where it cannot be read for another reason", async () => {
    const faults = Array.from({ length: 10 }, () => answer(500, "InternalError"));
    server.next((request) => isList(request) && request.url.pathname.endsWith("/storageclasses"), ...faults);
    const args = ["plan", "--live", "--kubeconfig", server.kubeconfig(), "--context", "fake"];
    const { code: ended, stdout, stderr } = await foresailHere(args);
    expect([ended, stdout], stderr).to.deep.equal([3, ""]);
    expect(stderr).to.contain(": 500 ");
  });
});

describe("foresail plan --live, what no plan can do without", () => {
  let server: FakeApiServer;
  before(async () => {
    server = await FakeApiServer.start();
    const config = workspace("conf", { annotations: {} });
    const inference = { ...(config["inference"] as JsonObject), config: "mine" };
    const [stored] = applied(empty(), { ...config, inference }).workspaces;
    const path = "/apis/kaito.sh/v1beta1/namespaces/default/workspaces/conf";
    server.store.put(path, stored as unknown as KubeObject & JsonObject & { metadata: JsonObject });
  });
  after(() => server.stop());
  const refused = async (...ends: readonly string[]): Promise<string> => {
    for (const end of ends) {
      const faults = end === "deployments" ? 3 : end === "workspaces" ? 2 : 1;
      server.next(
        ({ method, url }) => method === "GET" && url.pathname.endsWith(`/${end}`),
        ...Array.from({ length: faults }, () => answer(403, "Forbidden")),
      );
    }
    const args = ["plan", "--live", "--kubeconfig", server.kubeconfig(), "--context", "fake"];
    const { code, stdout, stderr } = await foresailHere(args);
    expect([code, stdout], stderr).to.deep.equal([2, ""]);
    expect(server.pendingFaults).to.equal(0);
    return stderr;
  };

  for (const plural of ["workspaces", "pods", "nodes", "nodeclaims", "deployments", "services"]) {
    it(`${plural} that may not be listed are named`, async () => {
      expect(await refused(plural)).to.match(
        new RegExp(`^a plan cannot do without ${plural}: you may not list them in all`),
      );
    });
  }

  it("all of them at once", async () => {
    expect(await refused("pods", "nodes")).to.match(/^a plan cannot do without nodes, pods: you may not list/);
  });

  it("a ConfigMap that may not be read is named, with what the API server says", async () => {
    expect(await refused("default/configmaps/mine")).to.match(
      /^a plan cannot do without what you may not read: GET .*configmaps\/mine: 403 Forbidden/,
    );
  });
});
