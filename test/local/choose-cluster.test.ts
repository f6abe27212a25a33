import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { chooseCluster, isLoopback, readServer } from "../../src/local/choose-cluster.ts";

const serverOf = (server: string) => () => ({ kind: "server", server }) as const;
const request = { kubeconfig: "/k", context: "c", disposable: false };

describe("which cluster is used", () => {
  it("is a local one unless FORESAIL_KUBECONFIG and FORESAIL_CONTEXT are set", () => {
    const never = () => {
      throw new Error("no file may be read");
    };
    expect(chooseCluster({ disposable: false }, never)).to.deep.equal({ kind: "local" });
    expect(chooseCluster({ kubeconfig: "", context: "", disposable: true }, never)).to.deep.equal({ kind: "local" });
  });

  it("is refused when only one of the two is set, naming the other", () => {
    const onlyFile = chooseCluster({ kubeconfig: "/k", disposable: true }, serverOf("https://127.0.0.1:1"));
    expect(onlyFile)
      .to.have.property("reason")
      .that.matches(/without FORESAIL_CONTEXT/);
    const onlyContext = chooseCluster({ context: "c", disposable: true }, serverOf("https://127.0.0.1:1"));
    expect(onlyContext)
      .to.have.property("reason")
      .that.matches(/without FORESAIL_KUBECONFIG/);
  });

  it("is the existing one on loopback", () => {
    const choice = chooseCluster(request, serverOf("https://127.0.0.1:6443"));
    expect(choice).to.deep.equal({
      kind: "existing",
      kubeconfig: "/k",
      context: "c",
      server: "https://127.0.0.1:6443",
    });
  });

  it("is not one elsewhere, unless it is called disposable", () => {
    const server = "https://production.example.com";
    expect(chooseCluster(request, serverOf(server)))
      .to.have.property("reason")
      .that.matches(/production\.example\.com.*--cluster-is-disposable/);
    expect(chooseCluster({ ...request, disposable: true }, serverOf(server)).kind).to.equal("existing");
  });

  it("knows loopback by address, not by what a name resolves to", () => {
    for (const url of [
      "https://127.0.0.1:6443",
      "https://127.3.2.1",
      "https://localhost:1",
      "https://[::1]:6443",
      "https://2130706433",
    ])
      expect(isLoopback(url), url).to.equal(true);
    for (const url of [
      "https://127.0.0.1.example.com",
      "https://localhost.example.com",
      "https://10.0.0.1",
      "https://127.0.0.1@evil.example",
      "nonsense",
      "",
    ])
      expect(isLoopback(url), url).to.equal(false);
  });
});

describe("the server of a kubeconfig context", () => {
  let folder: string;
  let file: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "choose-cluster-"));
    file = join(folder, "config");
    writeFileSync(
      file,
      `current-context: prod
contexts:
- {name: dev, context: {cluster: kind, user: u}}
- {name: prod, context: {cluster: aks, user: u}}
- {name: proxied, context: {cluster: behind, user: u}}
- {name: dangling, context: {cluster: gone, user: u}}
clusters:
- {name: kind, cluster: {server: "https://127.0.0.1:6443"}}
- {name: aks, cluster: {server: "https://prod.example.com"}}
- {name: behind, cluster: {server: "https://127.0.0.1:6443", proxy-url: "http://proxy.example.com"}}
`,
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  it("is that of the named context, never the current one", () => {
    expect(readServer(file, "dev")).to.deep.equal({ kind: "server", server: "https://127.0.0.1:6443" });
  });

  it("is not taken for loopback behind a proxy", () => {
    expect(chooseCluster({ kubeconfig: file, context: "proxied", disposable: false }).kind).to.equal("refused");
  });

  it("is missed with a reason", () => {
    expect(readServer(file, "nope"))
      .to.have.property("reason")
      .that.matches(/contexts of .* are: dev, prod, proxied, dangling/);
    expect(readServer(file, "dangling"))
      .to.have.property("reason")
      .that.matches(/names no cluster/);
    expect(readServer(join(folder, "absent"), "dev"))
      .to.have.property("reason")
      .that.matches(/ENOENT/);
  });
});
