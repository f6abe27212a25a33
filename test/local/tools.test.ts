import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { ensureTool, MODULES } from "../../src/local/build.ts";
import { judgeVersion } from "../../src/local/go.ts";
import { silent } from "../../src/local/report.ts";
import { toolCache, toolKey } from "../../src/local/tool-cache.ts";
import { findAssets, prepareTools } from "../../src/local/tools.ts";
import { packageRoot } from "../../src/package-root.ts";

describe("the tools of the control plane", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tools-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const assets = (...names: string[]) => {
    for (const name of names) writeFileSync(join(folder, name), "");
    return folder;
  };

  it("are unavailable without Go and assets, saying what to install", async () => {
    const answer = await prepareTools({ env: {}, go: { kind: "no-go", reason: "no Go here" } });
    expect(answer).to.have.property("kind", "unavailable");
    expect(answer)
      .to.have.property("reason")
      .that.matches(/no Go here.*KUBEBUILDER_ASSETS/);
  });

  it("are the API server only with KUBEBUILDER_ASSETS and no Go", async () => {
    const env = { KUBEBUILDER_ASSETS: assets("etcd", "kube-apiserver", "kubectl") };
    const answer = await prepareTools({ env, go: { kind: "no-go", reason: "" } });
    expect(answer).to.deep.equal({
      kind: "tools",
      tools: {
        capabilities: { apiServer: true, scheduler: false, controllerManager: false, kwok: false, karpenter: false },
        etcd: [join(folder, "etcd")],
        apiServer: [join(folder, "kube-apiserver")],
        kubectl: [join(folder, "kubectl")],
      },
    });
  });

  it("are unavailable with incomplete assets, naming what is missing", () => {
    expect(findAssets(assets("etcd", "kubectl")))
      .to.have.property("reason")
      .that.matches(/has no kube-apiserver;/);
    expect(findAssets("")).to.deep.equal({ kind: "none" });
  });

  it("want Go 1.26, or a Go that may fetch it", () => {
    expect(judgeVersion("go1.26.8", "local").kind).to.equal("go");
    expect(judgeVersion("go1.27.0", "local").kind).to.equal("go");
    expect(judgeVersion("go1.25.3", "local").kind).to.equal("no-go");
    expect(judgeVersion("go1.25.3", "auto").kind).to.equal("go");
    expect(judgeVersion("go1.20.1", "auto").kind).to.equal("no-go");
    expect(judgeVersion("devel", undefined).kind).to.equal("no-go");
  });

  it("are kept where the user says, in the checkout, or in the user's cache for an installed package", () => {
    expect(toolCache(packageRoot(), { FORESAIL_CACHE: "/c" })).to.equal("/c/tools");
    expect(toolCache(packageRoot(), {})).to.equal(join(packageRoot(), ".cache", "tools"));
    expect(toolCache(folder, { XDG_CACHE_HOME: "/x" })).to.equal("/x/foresail/tools");
    expect(toolCache(folder, {})).to.match(/\/\.cache\/foresail\/tools$/);
  });

  it("are built again when a source or the tool chain changes", () => {
    writeFileSync(join(folder, "go.sum"), "one");
    const before = toolKey(folder, ["go.sum"], ["go1.26.8"]);
    expect(toolKey(folder, ["go.sum"], ["go1.26.8"])).to.equal(before);
    expect(toolKey(folder, ["go.sum"], ["go1.26.9"])).to.not.equal(before);
    writeFileSync(join(folder, "go.sum"), "two");
    expect(toolKey(folder, ["go.sum"], ["go1.26.8"])).to.not.equal(before);
  });
});

describe("building a tool", () => {
  let folder: string;
  const path = process.env.PATH;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "build-"));
    mkdirSync(join(folder, "bin"));
    const moduleDir = join(folder, "test", "tools", "kwok");
    mkdirSync(moduleDir, { recursive: true });
    for (const source of MODULES.kwok.sources) writeFileSync(join(moduleDir, source), "");
    process.env.PATH = `${join(folder, "bin")}:${path}`;
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });

  /** A `go` on PATH that notes each build and does `onBuild` with the output path in $out. */
  const fakeGo = (onBuild: string) => {
    const script = `#!/bin/sh
[ "$1" = build ] || exit 0
while [ "$1" != -o ]; do shift; done; out=$2
echo built >> ${folder}/builds
${onBuild}
`;
    writeFileSync(join(folder, "bin", "go"), script);
    chmodSync(join(folder, "bin", "go"), 0o755);
  };
  const place = () => ({ root: folder, cache: join(folder, "cache"), go: { version: "go1.26.8" }, report: silent });
  const builds = () => readFileSync(join(folder, "builds"), "utf8");

  it("happens once, though two runs want it at the same time", async () => {
    fakeGo('echo binary > "$out"');
    const [one, two] = await Promise.all([ensureTool(MODULES.kwok, place()), ensureTool(MODULES.kwok, place())]);
    expect(one).to.equal(two);
    expect(existsSync(join(one, "kwok"))).to.equal(true);
    expect(builds()).to.equal("built\n");
  });

  it("leaves nothing behind when it fails, and says what Go said", async () => {
    fakeGo('echo "main.go:1: undefined: x" >&2; exit 1');
    const failure = await ensureTool(MODULES.kwok, place()).then(
      () => undefined,
      (error: Error) => error,
    );
    expect(failure?.message).to.match(/go build .* ended with 1:\n.*undefined: x/);
    expect(builds()).to.equal("built\n");
    expect(readdirSync(join(folder, "cache"))).to.deep.equal([]);
  });
});
