import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { annotationsPage } from "../../src/cli/annotations-page.ts";
import { annotationValues } from "../../src/core/annotations/values.ts";
import { workspaceAnnotations } from "../../src/core/annotations/workspaces.ts";
import { type InputAnnotation, inputAnnotations } from "../../src/core/inputs.ts";
import type { Issue } from "../../src/core/issue.ts";
import { readOptions } from "../../src/core/options.ts";
import { packageRoot } from "../../src/package-root.ts";
import { workspace } from "./support/workspaces.ts";

const root = packageRoot();

function said(name: string, value: string): readonly Issue[] {
  return readOptions(workspace({ annotations: { [name]: value } })).issues;
}

/** Names below our domains and KAITO's and Karpenter's, as the code writes them down. */
function namesInCode(): ReadonlySet<string> {
  const files = ["src", "webhook"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => join(folder, file)),
  );
  const literal = /"((?:[a-z]+\.)*(?:foresail\.dev|kaito\.sh|karpenter\.sh)\/[A-Za-z0-9.-]+)"/g;
  return new Set(
    files.flatMap((file) => [...readFileSync(join(root, file), "utf8").matchAll(literal)].map((m) => m[1] ?? "")),
  );
}

const NO_ANNOTATIONS: { readonly [name: string]: string } = {
  "foresail.dev/probe": "the selector of a Workspace that is only tried, never stored",
  "foresail.dev/reconciler": "who reports an event",
  "karpenter.sh/nodepool": "written by Karpenter and KAITO; only passed over",
};
const isVersion = (name: string): boolean => /\/v\d[a-z0-9]*$/.test(name);

/** Annotations whose value admission parses; of the others any value has a meaning, or another rule speaks. */
const parsed = inputAnnotations.filter((name) => said(name, "\u0000").some(({ level }) => level === "error"));

describe("docs/annotations.md", () => {
  it("has every annotation and label that the code knows", () => {
    const page = annotationsPage();
    const names = [...namesInCode()].filter((name) => !isVersion(name) && NO_ANNOTATIONS[name] === undefined);
    expect(names.length).to.be.greaterThan(inputAnnotations.length);
    expect(names.filter((name) => !page.includes(`\`${name}\``))).to.deep.equal([]);
  });

  for (const [name, { example }] of Object.entries(workspaceAnnotations)) {
    it(`gives an example of ${name} that admission takes`, () => {
      expect(said(name, example)).to.deep.equal([]);
    });
  }

  it("says what a refusal says", () => {
    expect(parsed.length).to.be.greaterThan(10);
    for (const name of parsed) {
      const [{ message } = { message: "" }] = said(name, "\u0000");
      expect(message).to.include(`must be ${annotationValues[name]}, given`);
    }
  });

  const choices = parsed.filter((name) => /^[a-z]+( or [a-z]+)+$/.test(annotationValues[name]));
  for (const name of choices) {
    it(`lists words of ${name} that admission takes`, () => {
      for (const word of annotationValues[name].split(" or ")) expect(said(name, word)).to.deep.equal([]);
    });
  }

  it("gives the bounds that hold", () => {
    const replicas: InputAnnotation = "foresail.dev/replicas";
    const [, most = ""] = / to (\d+)/.exec(annotationValues[replicas]) ?? [];
    expect(said(replicas, most)).to.deep.equal([]);
    expect(said(replicas, String(Number(most) + 1))).to.have.length(1);
  });
});
