import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { packageRoot } from "../../../src/package-root.ts";
import { type Files, writeTree } from "../input/support/kustomizations.ts";
import { foresailHere } from "../support/here.ts";
import type { Ended } from "../support/program.ts";

const workspace = (name: string): string => `apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata: {name: ${name}}
resource: {instanceType: Standard_NC24ads_A100_v4, labelSelector: {matchLabels: {apps: phi}}}
inference: {preset: {name: phi-4}}
`;
const shipped = readFileSync(join(packageRoot(), "policies/pinned-catalogue.yaml"), "utf8");
const [policy = "", binding = ""] = shipped.split("\n---\n");
const flux = (name: string): string => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: ${name}}
spec: {path: ./${name}}
`;

async function inTree<T>(files: Files, use: (check: (...args: readonly string[]) => Promise<Ended>, at: string) => T) {
  const cwd = writeTree(files);
  mkdirSync(join(cwd, ".git"));
  try {
    return await use((...args) => foresailHere(["check", ...args], { cwd }), cwd);
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

/** Names of the Workspaces that a policy denies. */
function denied({ stdout }: Ended): readonly string[] {
  const lines = stdout.split("\n").filter((line) => line.includes(" error policy/denied "));
  return lines.map((line) => /Workspace default\/([\w-]+):/.exec(line)?.[1] ?? "");
}

describe("foresail check, policies among the files", () => {
  it("judge by their bindings only, as in a cluster", async () => {
    const files = { "phi.yaml": workspace("phi"), "policy.yaml": policy };
    expect(await inTree(files, async (check) => denied(await check()))).to.deep.equal([]);
    const bound = { ...files, "binding.yaml": binding };
    expect(await inTree(bound, async (check) => denied(await check()))).to.deep.equal(["phi"]);
    const other = { ...files, "binding.yaml": binding.replace("policyName: pinned", "policyName: other") };
    expect(await inTree(other, async (check) => denied(await check()))).to.deep.equal([]);
  });

  it("judge what is applied with them, and not what may be another cluster", async () => {
    const files: Files = {
      "dev/phi.yaml": workspace("dev"),
      "prod/phi.yaml": workspace("prod"),
      "prod/policy.yaml": shipped,
      "staging/kustomization.yaml": "resources: [phi.yaml, ../rules]\n",
      "staging/phi.yaml": workspace("staging"),
      "rules/kustomization.yaml": "resources: [policy.yaml]\n",
      "rules/policy.yaml": shipped,
    };
    await inTree(files, async (check) => {
      const ended = await check();
      expect(denied(ended)).to.deep.equal(["prod", "staging"]);
      expect(ended.stderr).to.equal("");
      expect(denied(await check("--policy=rules/policy.yaml"))).to.deep.equal(["dev", "prod", "staging"]);
    });
  });

  it("judge what Flux objects of the same directory apply", async () => {
    const files: Files = {
      "clusters/prod/flux.yaml": [flux("apps"), flux("policies")].join("---\n"),
      "clusters/dev/flux.yaml": flux("trials"),
      "apps/phi.yaml": workspace("app"),
      "trials/phi.yaml": workspace("trial"),
      "policies/policy.yaml": shipped,
    };
    expect(await inTree(files, async (check) => denied(await check()))).to.deep.equal(["app"]);
  });

  it("that judge nothing are told, and judge all where they are named", async () => {
    const files = { "apps/phi.yaml": workspace("phi"), "policies/policy.yaml": shipped };
    await inTree(files, async (check) => {
      const idle = await check();
      expect([denied(idle), idle.code]).to.deep.equal([[], 0]);
      expect(idle.stderr).to.equal(
        "policies that no Workspace is applied with judge nothing here: 1 in policies; --policy names those that judge all\n",
      );
      const named = await check("--policy=policies");
      expect([denied(named), named.stderr]).to.deep.equal([["phi"], ""]);
    });
  });

  it("that ship do not deny the examples beside them", async () => {
    const { stdout } = await foresailHere(["check", "examples", "policies"]);
    expect(stdout).to.not.include(" policy/");
    expect((await foresailHere(["check", "examples", "--policy=policies"])).stdout).to.include(" policy/denied ");
  });

  it("judge base, too, so that with --only-changed only what is new counts", async () => {
    await inTree({ "prod/old.yaml": workspace("old"), "prod/policy.yaml": shipped }, async (check, at) => {
      rmSync(join(at, ".git"), { recursive: true });
      const git = (...args: readonly string[]): unknown =>
        execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
          cwd: at,
          stdio: "pipe",
        });
      git("init", "-q", "-b", "main");
      git("add", ".");
      git("commit", "-q", "-m", "base");
      git("checkout", "-q", "-b", "branch");
      writeFileSync(join(at, "prod/new.yaml"), workspace("new"));
      expect(denied(await check("--base=main"))).to.deep.equal(["new", "old"]);
      expect(denied(await check("--base=main", "--only-changed"))).to.deep.equal(["new"]);
    });
  });
});
