import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { connect } from "../../src/kube/connect.ts";
import type { Kube } from "../../src/kube/kube.ts";
import { FakeApiServer } from "./support/api-server.ts";
import { failure } from "./support/failure.ts";

const PODS = { method: "GET", path: "/api/v1/pods" } as const;

describe("connect", () => {
  let server: FakeApiServer;
  const open: Kube[] = [];
  beforeEach(async () => {
    server = await FakeApiServer.start();
  });
  afterEach(async () => {
    for (const kube of open.splice(0)) await kube.close();
    await server.stop();
  });

  async function connected(kubeconfig: string): Promise<Kube> {
    const kube = await connect({ kubeconfig, userAgent: "foresail-test" });
    open.push(kube);
    return kube;
  }

  const authorization = () => server.seen.map(({ headers }) => headers.authorization);

  it("knows where it goes before it sends anything", async () => {
    const kube = await connected(server.kubeconfig());
    expect([kube.server, kube.context]).to.deep.equal([server.url, "fake"]);
    expect(server.connections).to.equal(0);
    await kube.call(PODS);
    expect(server.seen[0]?.headers).to.include({ "user-agent": "foresail-test", accept: "application/json" });
  });

  it("sends a token, a password, an impersonated user", async () => {
    await (await connected(server.kubeconfig({ token: "t0ken" }))).call(PODS);
    await (await connected(server.kubeconfig({ username: "ann", password: "pw" }))).call(PODS);
    await (await connected(server.kubeconfig({ token: "t0ken", as: "bob" }))).call(PODS);
    expect(authorization()).to.deep.equal(["Bearer t0ken", `Basic ${btoa("ann:pw")}`, "Bearer t0ken"]);
    expect(server.seen[2]?.headers["impersonate-user"]).to.equal("bob");
  });

  it("reads a rotated token file again after one 401, for all waiting calls at once", async () => {
    const path = join(server.directory, "token");
    writeFileSync(path, "first\n");
    server.token = "first";
    const kube = await connected(server.kubeconfig({ tokenFile: "token" }));
    await kube.call(PODS);
    writeFileSync(path, "second\n");
    server.token = "second";
    await Promise.all([kube.call(PODS), kube.call(PODS), kube.call(PODS)]);
    expect(authorization().filter((each) => each === "Bearer second")).to.have.length(3);
    await kube.call(PODS);
    expect(authorization().at(-1)).to.equal("Bearer second");
  });

  it("runs an exec plugin once, and again after a 401", async () => {
    const plugin = join(server.directory, "plugin.sh");
    const runs = join(server.directory, "runs");
    const credential =
      '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t\'$n\'"}}';
    writeFileSync(plugin, `#!/bin/sh\necho run >> ${runs}\nn=$(wc -l < ${runs} | tr -d ' ')\necho '${credential}'\n`);
    chmodSync(plugin, 0o755);
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: plugin, interactiveMode: "Never" };
    const kube = await connected(server.kubeconfig({ exec }));
    server.token = "t1";
    await Promise.all([kube.call(PODS), kube.call(PODS)]);
    await kube.call(PODS);
    server.token = "t2";
    await kube.call(PODS);
    expect(readFileSync(runs, "utf8")).to.equal("run\nrun\n");
  });

  it("gives up after the second 401, without the token in the message", async () => {
    server.token = "other";
    const kube = await connected(server.kubeconfig({ token: "s3cret" }));
    const error = await failure(kube.call(PODS));
    expect(error).to.include({ status: 401 });
    expect(error.message).to.not.contain("s3cret");
    expect(server.seen).to.have.length(2);
  });

  it("stays with its cluster when the file is pointed to another one", async () => {
    const path = server.kubeconfig({ token: "a" });
    server.token = "b";
    const kube = await connected(path);
    writeFileSync(path, readFileSync(path, "utf8").replaceAll(server.url, "https://127.0.0.1:1"));
    expect((await failure(kube.call(PODS))).message).to.contain("now names https://127.0.0.1:1");
    expect(server.seen).to.have.length(1);
  });

  it("does not talk to a server with another certificate", async () => {
    const path = server.kubeconfig();
    const config = JSON.parse(readFileSync(path, "utf8"));
    delete config.clusters[0].cluster["certificate-authority-data"];
    writeFileSync(path, JSON.stringify(config));
    expect(await failure((await connected(path)).call(PODS))).to.include({ status: 0, reason: "Unreachable" });
    expect(server.seen).to.have.length(0);
  });

  it("never reads the ambient configuration", async () => {
    const before = process.env["KUBECONFIG"];
    process.env["KUBECONFIG"] = server.kubeconfig();
    try {
      expect((await failure(connect({}))).message).to.contain("give either the path of a kubeconfig");
      expect((await failure(connect({ inCluster: true }))).message).to.contain("KUBERNETES_SERVICE_HOST");
    } finally {
      if (before === undefined) delete process.env["KUBECONFIG"];
      else process.env["KUBECONFIG"] = before;
    }
  });

  it("says what is wrong with a configuration", async () => {
    const path = server.kubeconfig();
    const broken = join(server.directory, "broken");
    writeFileSync(broken, "clusters: [");
    const dangling = join(server.directory, "dangling");
    writeFileSync(dangling, "current-context: x\ncontexts: [{name: x, context: {cluster: gone, user: gone}}]\n");
    const cases: [Parameters<typeof connect>[0], RegExp][] = [
      [{ kubeconfig: join(server.directory, "none") }, /kubeconfig .*none cannot be read: ENOENT/],
      [{ kubeconfig: broken }, /kubeconfig .*broken is not valid/],
      [{ kubeconfig: dangling }, /context "x" names a cluster or user that is missing/],
      [{ kubeconfig: path, context: "prod" }, /has no context "prod"; it has: fake\. Name one of them/],
      [{ kubeconfig: path, inCluster: true }, /and not both/],
      [{ inCluster: true, context: "prod" }, /"prod" was given, but the in-cluster configuration has none/],
    ];
    for (const [options, message] of cases) expect((await failure(connect(options))).message).to.match(message);
    expect(existsSync(path)).to.equal(true);
  });

  it("does not load the Kubernetes client before it is needed", () => {
    // A process of its own, since this one has it already.
    const script = `
      import { registerHooks } from "node:module";
      const seen = [];
      registerHooks({ resolve: (specifier, context, next) => (seen.push(specifier), next(specifier, context)) });
      const { connect } = await import("./src/kube/connect.ts");
      const before = seen.includes("@kubernetes/client-node");
      await connect({ inCluster: true }).catch(() => {});
      process.stdout.write(JSON.stringify([before, seen.includes("@kubernetes/client-node")]));`;
    const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect(JSON.parse(output)).to.deep.equal([false, true]);
  });
});
