import { expect } from "chai";
import { describe, it } from "mocha";
import { readOutputs } from "../../src/cli/outputs.ts";
import { formats } from "../../src/core/report/formats.ts";
import { UsageError } from "../../src/option.ts";

function given(...values: readonly string[]): readonly string[] {
  return readOutputs(values, formats).map(({ format, file }) => `${format.name} → ${file ?? "stdout"}`);
}

describe("-o FORMAT[=FILE]", () => {
  it("is text when absent, a format, or a format and a file, several times", () => {
    expect(given()).to.deep.equal(["text → stdout"]);
    expect(given("json")).to.deep.equal(["json → stdout"]);
    expect(given("json=/dev/stdout")).to.deep.equal(["json → stdout"]);
    expect(given("text", "json=a=b.json")).to.deep.equal(["text → stdout", "json → a=b.json"]);
  });

  it("names the nearest format of one that does not exist, or all", () => {
    expect(() => given("jsn")).to.throw(UsageError, /^-o jsn: there is no format "jsn"; did you mean json/);
    expect(() => given("a-format-like-none")).to.throw(UsageError, /formats are text, json/);
    expect(() => given("__proto__")).to.throw(UsageError, /there is no format "__proto__"/);
  });

  it("refuses two outputs in one place, and a file without a name", () => {
    expect(() => given("text", "json")).to.throw(UsageError, /two outputs go to standard output/);
    expect(() => given("text", "json=/dev/stdout")).to.throw(UsageError, /two outputs go to standard output/);
    expect(() => given("text=a", "json=./a")).to.throw(UsageError, /two outputs go to .\/a/);
    expect(() => given("json=")).to.throw(UsageError, /name the file after =/);
  });
});
