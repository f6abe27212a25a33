import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { isObject, type Json, type JsonObject } from "../../../src/core/json.ts";
import { json } from "../../../src/core/report/json.ts";
import type { Report } from "../../../src/core/report/report.ts";
import type { PrintedReport } from "../../../src/core/report/schema.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { hostileReport, steering } from "./support/hostile.ts";
import { sample } from "./support/sample.ts";

const schema = JSON.parse(readFileSync(join(packageRoot(), "schemas/report.schema.json"), "utf8")) as JsonObject;
const ajv = new Ajv({ strict: true, strictTypes: false });
const validate = ajv.compile(schema);
/** The same with no room for members that it does not name. */
const validateStrictly = ajv.compile(closed(schema) as JsonObject);

function closed(part: Json | undefined): Json {
  if (Array.isArray(part)) return part.map(closed);
  if (!isObject(part)) return part ?? null;
  const members = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, closed(value)]));
  return part["type"] === "object" ? { ...members, additionalProperties: false } : members;
}

// The compiler's part: whatever is a Report can be read as the schema says.
const readable = (report: Report): PrintedReport => report;

describe("json", () => {
  it("is the report and nothing else, keys in the order of bytes", () => {
    const printed = json(sample);
    expect(JSON.parse(printed)).to.deep.equal(readable(sample));
    expect(Object.keys(JSON.parse(printed))).to.deep.equal([
      "catalogue",
      "findings",
      "schemaVersion",
      "summary",
      "tool",
      "workspaces",
    ]);
    expect(printed.endsWith("}\n")).to.equal(true);
  });

  it("is what the shipped schema describes, member by member", () => {
    const read = JSON.parse(json(sample)) as JsonObject;
    expect(validateStrictly(read), JSON.stringify(validateStrictly.errors)).to.equal(true);
    for (const member of Object.keys(read)) {
      const { [member]: _, ...rest } = read;
      expect(validate(rest), member).to.equal(false);
    }
    expect(validate({ ...read, schemaVersion: 2 })).to.equal(false);
    // A later version may say more.
    expect(validate({ ...read, more: 1 })).to.equal(true);
  });

  it("reads back the same whatever names, messages and paths hold, and steers no terminal", () => {
    fc.assert(
      fc.property(hostileReport, (given) => {
        const printed = json(given);
        expect(JSON.parse(printed)).to.deep.equal(given);
        expect(printed).to.not.match(steering);
        expect(validateStrictly(JSON.parse(printed)), JSON.stringify(validateStrictly.errors)).to.equal(true);
      }),
    );
  });
});
