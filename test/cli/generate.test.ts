import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { parseAllDocuments } from "yaml";
import { generatedFiles } from "../../src/cli/generate.ts";
import { PARSED_FILES } from "../../src/load.ts";
import { packageRoot } from "../../src/package-root.ts";

const files = generatedFiles();

describe("generated files", () => {
  for (const [path, text] of files) {
    it(`${path} is what make generate writes, without anchors`, () => {
      expect(readFileSync(join(packageRoot(), path), "utf8")).to.equal(text);
      if (path.endsWith(".md") || path === PARSED_FILES || path.startsWith("chart/templates/")) return;
      expect(text).not.to.match(/[&*]a\d/);
      for (const document of parseAllDocuments(text)) expect(document.errors).to.deep.equal([]);
    });
  }

  it("protect the definitions from being pruned by Flux, Argo CD and Helm", () => {
    const text = files.get("manifests/crds/workspaces.kaito.sh.yaml") ?? "";
    for (const annotation of ["kustomize.toolkit.fluxcd.io/prune", "argocd.argoproj.io/sync-options", "helm.sh"]) {
      expect(text).to.contain(annotation);
    }
  });
});
