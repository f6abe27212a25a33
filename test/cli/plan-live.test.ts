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

  it("fails where it cannot be read for another reason, and where pods may not be", async () => {
    for (const [plural, code, reason] of [
      ["pods", 403, "Forbidden"],
      ["storageclasses", 500, "InternalError"],
    ] as const) {
      const faults = Array.from({ length: 10 }, () => answer(code, reason));
      server.next((request) => isList(request) && request.url.pathname.endsWith(`/${plural}`), ...faults);
      const args = ["plan", "--live", "--kubeconfig", server.kubeconfig(), "--context", "fake"];
      const { code: ended, stdout, stderr } = await foresailHere(args);
      expect([ended, stdout], stderr).to.deep.equal([3, ""]);
      expect(stderr).to.contain(`: ${code} `);
    }
  });
});
