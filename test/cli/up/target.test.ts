import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { stringify } from "yaml";
import { foresailHere } from "../support/here.ts";

describe("the cluster up and down work on", () => {
  let folder = "";
  const kubeconfig = (name: string, cluster: { readonly [key: string]: string }): string => {
    const path = join(folder, name);
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "c", cluster }],
      users: [{ name: "u", user: { token: "t" } }],
      contexts: [{ name: "prod", context: { cluster: "c", user: "u" } }],
      "current-context": "prod",
    };
    writeFileSync(path, stringify(config));
    return path;
  };
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-target-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("must be named: the ambient kubeconfig is never used", async () => {
    const env = { PATH: process.env["PATH"], KUBECONFIG: kubeconfig("ambient", { server: "https://127.0.0.1:1" }) };
    for (const name of ["up", "down"]) {
      const { code, stderr } = await foresailHere([name], { env });
      expect(code).to.equal(2);
      expect(stderr).to.match(/^give --kubeconfig and --context/);
    }
  });

  it("is shown first, and refused when it is not on this machine", async () => {
    const path = kubeconfig("remote", { server: "https://203.0.113.7:6443" });
    for (const args of [["up"], ["down", "--everything"]]) {
      const { code, stderr } = await foresailHere([...args, "--kubeconfig", path, "--context", "prod"]);
      expect(code).to.equal(2);
      const [first, second] = stderr.split("\n");
      expect(first).to.equal("server https://203.0.113.7:6443, context prod");
      expect(second).to.match(/^https:\/\/203\.0\.113\.7:6443 is not on this machine; add --cluster-is-disposable/);
    }
  });

  it("needs an address it can reach this machine at, when it is elsewhere", async () => {
    const path = kubeconfig("disposable", { server: "https://203.0.113.7:6443" });
    const args = ["up", "--kubeconfig", path, "--context", "prod", "--cluster-is-disposable"];
    const without = await foresailHere(args);
    expect(without.code).to.equal(2);
    expect(without.stderr).to.contain("cannot reach a loopback address: give --webhook-address");
    const wrong = await foresailHere([...args, "--webhook-address", "10.0.0.5"]);
    expect(wrong.code).to.equal(2);
    expect(wrong.stderr).to.contain("--webhook-address is 10.0.0.5: expected HOST:PORT");
  });

  it("is refused behind a proxy, where 127.0.0.1 is another machine", async () => {
    const path = kubeconfig("proxy", { server: "https://127.0.0.1:6443", "proxy-url": "http://203.0.113.7:3128" });
    const { code, stderr } = await foresailHere(["up", "--kubeconfig", path, "--context", "prod"]);
    expect(code).to.equal(2);
    expect(stderr).to.contain("behind a proxy");
  });

  it("is refused when its file or context is not there, and with karpenter without a node class", async () => {
    const path = kubeconfig("fine", { server: "https://127.0.0.1:1" });
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [["--kubeconfig", "/nonexistent", "--context", "prod"], /--kubeconfig \/nonexistent: ENOENT/],
      [["--kubeconfig", path, "--context", "other"], /--context other; the contexts of .* are: prod/],
      [["--kubeconfig", path, "--context", "prod", "--provider", "karpenter"], /needs --node-class/],
    ];
    for (const [args, message] of wrong) {
      const { code, stderr } = await foresailHere(["up", ...args]);
      expect(code, stderr).to.equal(2);
      expect(stderr).to.match(message);
    }
  });
});
