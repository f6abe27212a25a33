import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { stringify } from "yaml";
import { freePorts } from "../../src/local/ports.ts";
import { certificate } from "../kube/support/certificate.ts";
import { foresailHere } from "./support/here.ts";

describe("foresail doctor", () => {
  let folder = "";
  let server: Server | undefined;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-doctor-"));
  });
  afterEach(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
    server = undefined;
  });
  after(() => rmSync(folder, { recursive: true }));

  const at = (port: number): readonly string[] => {
    const path = join(folder, `${port}.kubeconfig`);
    const cluster = {
      server: `https://127.0.0.1:${port}`,
      "certificate-authority-data": Buffer.from(certificate().certPem).toString("base64"),
    };
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "c", cluster }],
      users: [{ name: "u", user: { token: "t" } }],
      contexts: [{ name: "dev", context: { cluster: "c", user: "u" } }],
    };
    writeFileSync(path, stringify(config));
    return ["doctor", "--kubeconfig", path, "--context", "dev"];
  };
  const listening = async (answer: (path: string) => { status: number; body: object } | undefined): Promise<number> => {
    const opened = createServer({ key: certificate().keyPem, cert: certificate().certPem }, (request, response) => {
      const said = answer(request.url ?? "");
      if (said === undefined) return;
      response.writeHead(said.status, { "content-type": "application/json" }).end(JSON.stringify(said.body));
    });
    server = opened;
    await new Promise<void>((resolve) => opened.listen(0, "127.0.0.1", resolve));
    return (opened.address() as AddressInfo).port;
  };

  it("must be told which cluster: the ambient kubeconfig is never used", async () => {
    const { code, stderr } = await foresailHere(["doctor"], { env: { KUBECONFIG: at(1)[2] } });
    expect(code).to.equal(2);
    expect(stderr).to.match(/^give --kubeconfig and --context/);
    const missing = await foresailHere(["doctor", "--kubeconfig", "/nowhere", "--context", "c"]);
    expect(missing.code).to.equal(2);
    expect(missing.stderr).to.match(/^--kubeconfig \/nowhere: /);
  });

  it("ends with 2 and says why where nobody listens", async () => {
    const [port = 0] = await freePorts(1);
    const { code, stdout, stderr } = await foresailHere(at(port));
    expect(code).to.equal(2);
    expect(stdout).to.equal("");
    expect(stderr).to.match(
      /^the cluster cannot be looked at: GET \/version: https:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/,
    );
  });

  it("ends in time where nobody answers", async () => {
    const port = await listening(() => undefined);
    const { code, stderr } = await foresailHere([...at(port), "--timeout-seconds", "2"]);
    expect(code).to.equal(2);
    expect(stderr).to.match(/no answer from https:\S+ within 2000 ms/);
  });

  it("tells of each thing that may not be read, that fails, or is not answered, and goes on", async () => {
    const status = (code: number, reason: string) => ({
      status: code,
      body: { kind: "Status", code, reason, message: `${reason} of the test`, details: {} },
    });
    const port = await listening((path) => {
      if (path === "/version") return { status: 200, body: { gitVersion: "v1.36.1" } };
      if (path.startsWith("/api/v1/nodes")) return status(500, "InternalError");
      if (path.startsWith("/apis/storage.k8s.io")) return undefined;
      return status(403, "Forbidden");
    });
    const { code, stdout } = await foresailHere([...at(port), "--timeout-seconds", "3", "--fail-on", "warning"]);
    expect(code).to.equal(1);
    expect(stdout).to.contain("ok       server/version: Kubernetes v1.36.1");
    expect(stdout).to.match(/warning {2}doctor\/unread: Nodes could not be read: .*InternalError/);
    expect(stdout).to.match(/warning {2}doctor\/unread: StorageClasses could not be read: .*no answer/);
    expect(stdout).to.contain("note     doctor/unread: Deployments may not be read: ");
    expect(stdout).to.match(/\n0 problems, 2 warnings, \d+ notes, 1 ok\n$/);
    const lenient = await foresailHere([...at(port), "--timeout-seconds", "3"]);
    expect(lenient.code).to.equal(0);
  });

  it("says what it means to take over, ends with 1 where something is refused, and with 2 where it may not be listed", async () => {
    const metadata = { name: "phi", namespace: "models", uid: "u" };
    const resource = { labelSelector: { matchLabels: { apps: "phi" } } };
    const workspace = { metadata, resource, inference: { preset: { name: "no-such-model" } } };
    const list = (items: readonly object[]) => ({ status: 200, body: { metadata: { resourceVersion: "1" }, items } });
    const forbidden = {
      status: 403,
      body: { kind: "Status", code: 403, reason: "Forbidden", message: "no", details: {} },
    };
    let workspaces: { status: number; body: object } = list([workspace]);
    const port = await listening((path) => {
      if (path === "/version") return { status: 200, body: { gitVersion: "v1.36.1" } };
      if (path.startsWith("/apis/kaito.sh/v1beta1/workspaces")) return workspaces;
      return /deployments|statefulsets|jobs/.test(path) ? list([]) : forbidden;
    });
    const asked = [...at(port), "--take-over", "--timeout-seconds", "3"];
    const { code, stdout, stderr } = await foresailHere(asked);
    expect(code, stderr).to.equal(1);
    expect(stdout).to.contain("models/phi: nothing of KAITO's runs").and.to.contain("(preset/unknown)");
    expect((await foresailHere([...asked, "--fail-on", "never"])).code).to.equal(0);
    workspaces = forbidden;
    const refused = await foresailHere(asked);
    expect([refused.code, refused.stderr]).to.deep.include(2);
    expect(refused.stderr).to.match(/^--take-over: /);
  });

  it("says what is missing of Azure before it looks at any cluster", async () => {
    const { code, stderr } = await foresailHere([...at(1), "--provider", "aks", "--region", "eastus"]);
    expect(code).to.equal(2);
    expect(stderr).to.contain("--provider aks needs --subscription, --resource-group, --cluster-name");
  });
});
