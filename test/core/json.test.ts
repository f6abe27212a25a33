import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { byCodePoint, canonicalJson, sameJson } from "../../src/core/json.ts";
import { anyCharacter } from "./support/any-text.ts";

function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, shuffled(member)]),
  );
}

describe("canonical JSON", () => {
  it("sorts keys by bytes, integer-like keys among them, at every level", () => {
    expect(canonicalJson({ b: 1, "10": { z: 1, a: [{ d: 1, c: 2 }] }, "9": 2 })).to.equal(
      '{"10":{"a":[{"c":2,"d":1}],"z":1},"9":2,"b":1}',
    );
  });

  it("orders keys above U+FFFF by code point, as UTF-8 bytes do, not by UTF-16 units", () => {
    expect(canonicalJson({ "\u{1F600}": 1, "\uFFFD": 2 })).to.equal('{"\uFFFD":2,"\u{1F600}":1}');
  });

  it("orders any two keys as their UTF-8 bytes do", () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), fc.string({ unit: "binary" }), (a, b) => {
        expect(Math.sign(byCodePoint(a, b))).to.equal(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 2000 },
    );
  });

  it("drops undefined members and keeps __proto__ as data", () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":true},"a":1}');
    expect(canonicalJson({ a: undefined, b: null })).to.equal('{"b":null}');
    expect(canonicalJson(hostile)).to.equal('{"__proto__":{"polluted":true},"a":1}');
    expect(({} as { polluted?: boolean }).polluted).to.equal(undefined);
  });

  it("is the same for any order of keys, and parses back to the same value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(shuffled(value))).to.equal(canonicalJson(value));
        expect(sameJson(JSON.parse(canonicalJson(value)), value)).to.equal(true);
      }),
    );
  });
});
