import { expect } from "chai";
import fc from "fast-check";
import jsonpatch from "jsonpatch";
import { describe, it } from "mocha";
import { diff } from "../../src/core/diff.ts";
import { sameJson } from "../../src/core/json.ts";

const { apply_patch } = jsonpatch;
const documents = fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 3 }), { noNullPrototype: true });

describe("diff", () => {
  it("applied to the first document gives the second", () => {
    fc.assert(
      fc.property(documents, documents, (a, b) => {
        // The library refuses to touch these keys; the object they would pollute is never made.
        fc.pre(!JSON.stringify([a, b]).includes("__proto__"));
        expect(sameJson(apply_patch(a, [...diff(a, b)] as never), b)).to.equal(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("is empty for equal documents", () => {
    fc.assert(
      fc.property(documents, (a) => {
        expect(diff(a, structuredClone(a))).to.deep.equal([]);
      }),
    );
  });

  it("treats undefined as absent", () => {
    expect(diff({ a: undefined }, {})).to.deep.equal([]);
    expect(diff({}, { a: undefined, b: 1 })).to.deep.equal([{ op: "add", path: "/b", value: 1 }]);
  });

  it("escapes ~ and / in keys", () => {
    expect(diff({}, { "a/b~c": 1 })).to.deep.equal([{ op: "add", path: "/a~1b~0c", value: 1 }]);
  });

  it("appends to lists that grew and replaces lists that shrank", () => {
    expect(diff({ l: [1] }, { l: [1, 2] })).to.deep.equal([{ op: "add", path: "/l/-", value: 2 }]);
    expect(diff({ l: [1, 2] }, { l: [2] })).to.deep.equal([{ op: "replace", path: "/l", value: [2] }]);
  });
});
