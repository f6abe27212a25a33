import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { packageRoot } from "../../src/package-root.ts";
import { foresail } from "../cli/support/program.ts";

const run = promisify(execFile);
// Installing a hundred packages takes ten seconds from npm's cache, and much longer from a network.
const INSTALL_TIMEOUT_MS = 300_000;

/** The user's own Node and npm: whatever is on PATH beside what this checkout brings. */
const env = {
  ...process.env,
  PATH: (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .join(delimiter),
};

describe("the npm package", () => {
  let folder = "";
  let files: readonly string[] = [];

  before(async function () {
    this.timeout(INSTALL_TIMEOUT_MS);
    folder = mkdtempSync(join(tmpdir(), "foresail-package-"));
    await run("npm", ["pack", "--pack-destination", folder], { cwd: packageRoot(), env });
    const [tarball = ""] = readdirSync(folder);
    files = (await run("tar", ["-tzf", join(folder, tarball)])).stdout.trim().split("\n");
    const flags = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--prefix", folder];
    await run("npm", ["install", ...flags, join(folder, tarball)], { cwd: folder, env });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("carries emitted JavaScript and never TypeScript", () => {
    expect(files).to.include.members([
      "package/bin/foresail.js",
      "package/dist/src/cli/main.js",
      "package/dist/webhook/main.js",
    ]);
    expect(files.filter((file) => file.endsWith(".ts"))).to.deep.equal([]);
  });

  it("carries what the commands read: presets, manifests, policies, examples, the control plane's modules", () => {
    expect(files).to.include.members([
      "package/presets/defaults.yaml",
      "package/presets/.parsed.json",
      "package/manifests/crds/workspaces.kaito.sh.yaml",
      "package/manifests/rbac/reconciler.yaml",
      "package/policies/gpus-per-workspace.yaml",
      "package/examples/inference/kaito_workspace_phi_3.yaml",
      "package/test/tools/controlplane/main.go",
      "package/test/tools/karpenter/go.sum",
      "package/test/tools/stages/pod-ready.yaml",
      "package/LICENSE",
    ]);
  });

  it("renders the examples it carries as the checkout does, with the user's own Node", async () => {
    const examples = "node_modules/foresail/examples";
    const { stdout } = await run("npx", ["foresail", "render", examples], { cwd: folder, env });
    expect(stdout).to.equal((await foresail(["render", "examples"])).stdout);
  });

  it("runs by npx in a checkout, too", async () => {
    const { stdout } = await run("npx", ["foresail", "--version"], { cwd: packageRoot(), env });
    expect(stdout).to.equal((await foresail(["--version"])).stdout);
  });
});
