import { spawnSync } from "node:child_process";
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { it } from "mocha";
import { parseAllDocuments } from "yaml";
import { Kustomizations } from "../../../src/cli/input/kustomize/kustomizations.ts";
import { canonicalJson } from "../../../src/core/json.ts";
import { toolCache } from "../../../src/local/tool-cache.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { type Files, kustomizationCases, writeTree } from "../../cli/input/support/kustomizations.ts";
import { randomTree } from "../../cli/input/support/random-tree.ts";
import { describeWith } from "../support/cluster.ts";

/** What the kubectl of the control plane builds; a text where it refuses. */
function builtByKustomize(directory: string): readonly string[] | string {
  const [program = ""] = globSync(join(toolCache(packageRoot()), "controlplane-*", "controlplane")).sort();
  const args = ["kubectl", "kustomize", directory];
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", env: { KUBECONFIG: "/dev/null" } });
  if (status !== 0) return stderr;
  return parseAllDocuments(stdout).map((document) => canonicalJson((document as { toJS: () => unknown }).toJS()));
}

function builtByUs(directory: string): readonly string[] | string {
  try {
    return new Kustomizations("built-in").manifests(directory).map(({ object }) => canonicalJson(object));
  } catch (error) {
    return String(error);
  }
}

function withTree<T>(files: Files, run: (directory: string) => T): T {
  const directory = writeTree(files);
  try {
    return run(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describeWith([], "a kustomize of our own", () => {
  for (const { name, files, built } of kustomizationCases()) {
    it(`builds ${name} as kustomize does`, () => {
      withTree(files, (directory) => {
        const theirs = builtByKustomize(directory);
        expect(theirs).to.be.an("array");
        expect(builtByUs(directory)).to.deep.equal(theirs);
        const text = `${JSON.stringify(
          (theirs as readonly string[]).map((one) => JSON.parse(one)),
          null,
          1,
        )}\n`;
        // The fast tests compare with what is kept here.
        if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(built, text);
        expect(readFileSync(built, "utf8")).to.equal(text);
      });
    });
  }

  it("builds random kustomizations as kustomize does", function () {
    this.timeout(240_000);
    const seed = Number(process.env["FORESAIL_SEED"] ?? Date.now() % 1_000_000_000);
    console.log(`      seed ${seed}`);
    let built = 0;
    fc.assert(
      fc.property(randomTree, (files) => {
        withTree(files, (directory) => {
          const theirs = builtByKustomize(directory);
          const ours = builtByUs(directory);
          // Both refuse, or both build the same.
          if (typeof theirs === "string") expect(ours, theirs).to.be.a("string");
          else {
            built++;
            expect(ours).to.deep.equal(theirs);
          }
        });
      }),
      { numRuns: process.env["FORESAIL_TEST_FULL"] === "1" ? 500 : 40, seed },
    );
    // Half of them, 20 of 40, as a rule.
    expect(built).to.be.greaterThan(5);
  });
});
