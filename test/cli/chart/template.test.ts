import { expect } from "chai";
import { describe, it } from "mocha";
import type { Replacement } from "../../../src/cli/chart/replacements.ts";
import { template } from "../../../src/cli/chart/template.ts";

const flag: Replacement = { kind: /^Thing$/, name: /^one$/, field: "args", value: /^--a=/, to: "{{ .Values.a }}" };

describe("an object as a template", () => {
  const thing = (name: string, args: readonly string[]) => ({ kind: "Thing", metadata: { name }, args });

  it("has values where they stand for something, and says which were used", () => {
    const { lines, used } = template(thing("one", ["--a=1", "--b=2"]), [flag]);
    expect(lines.slice(3)).to.deep.equal(["args:", "  - {{ .Values.a }}", "  - --b=2"]);
    expect(used).to.deep.equal([flag]);
    expect(template(thing("two", ["--a=1"]), [flag]).used).to.deep.equal([]);
  });

  it("leaves an item out while its value is not stated", () => {
    const { lines } = template(thing("one", ["--a=1"]), [{ ...flag, when: ".Values.a" }]);
    expect(lines.slice(4)).to.deep.equal(["  {{- if .Values.a }}", "  - {{ .Values.a }}", "  {{- end }}"]);
  });

  it("keeps braces of its own from being commands", () => {
    expect(template({ kind: "Thing", text: "a {{ b }}" }, []).lines.at(-1)).to.equal('text: a {{ "{{" }} b }}');
  });
});
