import fs, { mkdirSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join, relative } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { Manifest } from "../../../src/cli/input/manifest.ts";
import { readInput } from "../../../src/cli/input/read.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { UsageError } from "../../../src/option.ts";
import { foresailHere } from "../support/here.ts";
import { type Files, writeTree } from "./support/kustomizations.ts";

const workspace = `apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata:
  name: phi
resource: {instanceType: Standard_NC24ads_A100_v4, labelSelector: {matchLabels: {apps: phi}}}
inference:
  preset: {name: phi-4}
`;
const overlay = (name: string): string => `namePrefix: ${name}-\nresources: [../../base]\ncomponents: [../../extra]\n`;
const files: Files = {
  "base/kustomization.yaml": "resources: [phi.yaml]\n",
  "base/phi.yaml": workspace,
  "extra/kustomization.yaml":
    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonAnnotations: {extra: yes}\n",
  "overlays/dev/kustomization.yaml": overlay("dev"),
  "overlays/prod/kustomization.yaml": overlay("prod"),
};
const flux = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: models, namespace: flux-system}
spec: {path: ./overlays/prod, targetNamespace: team}
`;

function inTree<T>(tree: Files, use: (directory: string) => T): T {
  const directory = writeTree(tree);
  mkdirSync(join(directory, ".git"));
  try {
    return use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function names(manifests: readonly Manifest[]): readonly string[] {
  return manifests
    .filter(({ object }) => object["kind"] === "Workspace")
    .map(({ object }) => String((object["metadata"] as JsonObject)["name"]));
}

/** Names of the Workspaces that these paths of a tree make. */
function found(tree: Files, ...paths: readonly string[]): readonly string[] {
  return inTree(tree, (directory) => names(readInput(paths.map((path) => join(directory, path)))));
}

describe("kustomizations that others use", () => {
  it("are no runs of their own, whichever operand names them, and are by themselves", () => {
    expect(found(files, ".")).to.deep.equal(["dev-phi", "prod-phi"]);
    expect(found(files, "base", "overlays")).to.deep.equal(["dev-phi", "prod-phi"]);
    expect(found(files, "overlays/prod", "base")).to.deep.equal(["prod-phi"]);
    expect(found(files, "base")).to.deep.equal(["phi"]);
    expect(found({ ...files, "other/kustomization.yaml": "resources: [../base/]\n" }, "other", "base")).to.deep.equal([
      "phi",
    ]);
  });

  it("may be used through what is no operand, or by what Flux applies from elsewhere", () => {
    const through: Files = {
      ...files,
      "between/kustomization.yaml": "nameSuffix: -between\nresources: [../base]\n",
      "apps/kustomization.yaml": "bases: [../between]\n",
    };
    expect(found(through, "apps", "base")).to.deep.equal(["phi-between"]);
    const applied: Files = { ...files, "clusters/flux.yaml": flux };
    expect(found(applied, ".")).to.deep.equal(["dev-phi", "prod-phi"]);
    const elsewhere: Files = {
      ...applied,
      "set/flux.yaml": flux,
      "set/base/kustomization.yaml": "resources: [phi.yaml]\n",
    };
    const ofSet = {
      ...elsewhere,
      "set/base/phi.yaml": workspace,
      "overlays/prod/kustomization.yaml": "namePrefix: prod-\nresources: [../../set/base]\n",
    };
    expect(found(ofSet, "set")).to.deep.equal(["prod-phi"]);
  });

  it("are not what a patch of a Flux Kustomization names: it has neither source nor path", () => {
    const patch = flux.replace(/spec: .*/, "spec: {wait: true}");
    expect(found({ ...files, "health/patch.yaml": patch, "one/phi.yaml": workspace }, "health", "one")).to.deep.equal([
      "phi",
    ]);
  });

  it("that use each other are told as the mistake they are", () => {
    const cycle: Files = {
      "a/kustomization.yaml": "resources: [../b, phi.yaml]\n",
      "a/phi.yaml": workspace,
      "b/kustomization.yaml": "resources: [../a]\n",
    };
    expect(() => found(cycle, ".")).to.throw(UsageError, "cycle detected");
  });

  it("have their mistakes found through the others, at the lines that state them, and are paid for once each", async () => {
    const wrong: Files = { ...files, "base/phi.yaml": workspace.replace("phi-4", "phi-44") };
    const directory = writeTree(wrong);
    try {
      const { stdout } = await foresailHere(["check", "."], { cwd: directory });
      const lines = stdout.split("\n").filter((line) => line.includes("preset/unknown"));
      expect(lines.map((line) => line.split(" error ")[0])).to.deep.equal(["base/phi.yaml:7:12", "base/phi.yaml:7:12"]);
      expect(stdout).to.match(/\n2 workspaces, 2 errors/);
    } finally {
      rmSync(directory, { recursive: true });
    }
    const right = writeTree(files);
    try {
      const { stdout } = await foresailHere(["cost", ".", "-o", "json", "--today=2026-07-01"], { cwd: right });
      expect(JSON.parse(stdout).total.amount.hourlyUsd).to.equal(7.346);
    } finally {
      rmSync(right, { recursive: true });
    }
  });
});

describe("the files of a run", () => {
  it("are each read once: kustomizations, what they name, and what Flux applies", () => {
    const tree: Files = {
      ...files,
      "clusters/flux.yaml": flux,
      "clusters/apps.yaml": flux.replace("./overlays/prod", "./apps"),
      "apps/qwen.yaml": workspace,
      "overlays/dev/patch.yaml": "apiVersion: kaito.sh/v1beta1\nkind: Workspace\nmetadata: {name: phi}\n",
      "overlays/dev/kustomization.yaml": `${overlay("dev")}patches: [{path: patch.yaml}]\n`,
      "plain/hpa.yaml": "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: phi}\n",
    };
    const read = new Map<string, number>();
    const original = fs.readFileSync;
    const counted = (path: unknown, ...rest: readonly unknown[]): unknown => {
      read.set(String(path), (read.get(String(path)) ?? 0) + 1);
      return (original as (...args: readonly unknown[]) => unknown)(path, ...rest);
    };
    inTree(tree, (directory) => {
      fs.readFileSync = counted as typeof fs.readFileSync;
      syncBuiltinESMExports();
      try {
        expect(names(readInput([directory]))).to.have.members(["dev-phi", "prod-phi", "phi"]);
      } finally {
        fs.readFileSync = original;
        syncBuiltinESMExports();
      }
      const times = [...read].map(([path, count]) => [relative(directory, path), count]);
      expect(Object.fromEntries(times)).to.deep.equal(Object.fromEntries(Object.keys(tree).map((path) => [path, 1])));
    });
  });
});
