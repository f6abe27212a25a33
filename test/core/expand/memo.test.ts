import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { Catalogue } from "../../../src/core/catalogue.ts";
import { expand } from "../../../src/core/expand.ts";
import { digest } from "../determinism/digest.ts";
import { workspaces } from "../determinism/workspaces.ts";
import { catalogue, serving } from "../support/workspaces.ts";

/** The same data in a release that is not frozen: nothing is remembered of it. */
function forgetful(): Catalogue {
  const current = { ...catalogue.current };
  return { current, releases: [current] };
}

describe("what expansions of a release have in common", () => {
  it("changes nothing in any of them", () => {
    const seed = Number(process.env["FORESAIL_TEST_SEED"] ?? Date.now() % 2 ** 31);
    const other = forgetful();
    const wrong = fc
      .sample(workspaces(catalogue.current), { numRuns: 500, seed })
      .filter((workspace) => digest(expand(workspace, catalogue)) !== digest(expand(workspace, other)))
      .map((workspace) => `seed ${seed}: ${JSON.stringify(workspace)}`);
    expect(wrong.slice(0, 3)).to.deep.equal([]);
  });

  it("keeps the names of Workspaces apart, also where a pod has them in more than a label", () => {
    for (const preset of ["phi-4", "deepseek-r1-0528"]) {
      for (const name of ["first", "second"]) {
        const workspace = { ...serving(preset), metadata: { name, namespace: "team" } };
        const expanded = expand(workspace, catalogue);
        expect(expanded.issues.filter(({ level }) => level === "error")).to.deep.equal([]);
        expect(digest(expanded)).to.equal(digest(expand(workspace, forgetful())));
        expect(JSON.stringify(expanded.expansion).includes(name === "first" ? "second" : "first")).to.equal(false);
      }
    }
  });

  it("keeps pods of other options apart", () => {
    for (const [annotation, text] of [
      ["foresail.dev/weights-claim", '"claimName":"disk"'],
      ["kaito.sh/use-local-weights", "hostPath"],
      ["foresail.dev/api-key-secret", "VLLM_API_KEY"],
    ] as const) {
      const value = annotation.startsWith("kaito.sh/") ? "true" : "disk";
      expect(JSON.stringify(expand(serving("phi-4"), catalogue).expansion), annotation).to.not.include(text);
      const other = expand(serving("phi-4", undefined, { [annotation]: value }), catalogue);
      expect(JSON.stringify(other.expansion), annotation).to.include(text);
    }
  });

  it("is frozen, so that nobody changes one expansion through another", () => {
    const pods = ["a", "b", "c"].map((name) => {
      const workspace = { ...serving("phi-4"), metadata: { name, namespace: "team" } };
      return expand(workspace, catalogue).expansion?.podTemplate as {
        readonly spec: { readonly containers: readonly object[] };
      };
    });
    expect(pods[2]?.spec.containers).to.equal(pods[1]?.spec.containers);
    expect(Object.isFrozen(pods[1]?.spec.containers[0])).to.equal(true);
  });
});
