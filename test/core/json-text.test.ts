import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { finished } from "../../src/core/canonical.ts";
import { expand } from "../../src/core/expand.ts";
import { jsonText, keepText } from "../../src/core/json-text.ts";
import type { Workspace } from "../../src/core/kinds/workspace.ts";
import { loadCatalogue } from "../../src/load.ts";
import { anyCharacter } from "./support/any-text.ts";

/** An object or a list, as patches and what they hold are. */
const nested = fc.jsonValue().filter((value) => typeof value === "object" && value !== null);

describe("the text of a patch", () => {
  it("is what JSON.stringify gives, on the way to a pod and beside it", () => {
    fc.assert(
      fc.property(nested, nested, fc.string({ unit: anyCharacter }), (a, b, text) => {
        const spec = { affinity: a, containers: [b], [text]: text, absent: undefined };
        const value = { podTemplate: { metadata: b, spec }, value: a, spec: [undefined, null, a], [text]: b };
        const patch = [{ op: "add", path: "/expansion", value }, { op: "remove", path: text }, a];
        expect(jsonText(patch)).to.equal(JSON.stringify(patch));
      }),
      { numRuns: 1000 },
    );
  });

  it("is the same with kept texts, wherever the values they belong to stand", () => {
    fc.assert(
      fc.property(nested, fc.string({ unit: anyCharacter }), (value, key) => {
        const kept = finished(value) as object;
        keepText(kept);
        const patch = [{ value: { podTemplate: { spec: { [key]: kept, containers: kept } } } }, kept];
        expect(jsonText(patch)).to.equal(JSON.stringify(patch));
      }),
    );
  });

  it("is the same for every preset, the first time and from what is remembered", () => {
    const catalogue = loadCatalogue();
    for (const { name: preset } of catalogue.current.models) {
      for (const name of ["first", "second"]) {
        const workspace = { metadata: { name, namespace: "team" }, inference: { preset: { name: preset } } };
        const { expansion } = expand(workspace as unknown as Workspace, catalogue);
        const patch = [{ op: "add", path: "/expansion", value: expansion }];
        expect(jsonText(patch)).to.equal(JSON.stringify(patch));
      }
    }
  });
});
