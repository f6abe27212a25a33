import { expect } from "chai";
import fc from "fast-check";
import { apply_patch } from "jsonpatch";
import { describe, it } from "mocha";
import { parseAllDocuments, stringify } from "yaml";
import { parseDocuments } from "../../../src/cli/input/document.ts";
import { applyEdits } from "../../../src/cli/input/edit/apply-edits.ts";
import type { Manifest } from "../../../src/cli/input/manifest.ts";
import { manifestsOf } from "../../../src/cli/input/plain-manifest.ts";
import { diff, type Operation } from "../../../src/core/diff.ts";
import { canonicalJson } from "../../../src/core/json.ts";

function manifestsIn(text: string): readonly Manifest[] {
  return parseDocuments({ shown: "a.yaml", text }).flatMap(manifestsOf);
}

/** The text after a patch of its only object; undefined where it cannot be done. */
function patched(text: string, patch: readonly Operation[]): string | undefined {
  const edits = manifestsIn(text)[0]?.edits(patch);
  return edits === undefined
    ? undefined
    : (applyEdits(new Map([["a.yaml", text]]), [edits]).files.get("a.yaml") ?? text);
}

const commented = `# top
kind: Workspace   # kind
metadata:
    name: phi  # the name
    # about labels
    labels: {team: a, tier: "b"}
resource:
    instanceType: 'Standard_NC24ads_A100_v4'   # dear
    # last of resource
inference:
    adapters:
    - source:
        name: one   # first
        image: "x"
      strength: "1.0"
    # between
    - source: {name: two}
    preset:
        name: phi-4
`;

describe("edits of manifests", () => {
  const cases: readonly (readonly [string, readonly Operation[], string])[] = [
    [
      "replaces a value in its quotes",
      [{ op: "replace", path: "/resource/instanceType", value: "other" }],
      commented.replace("'Standard_NC24ads_A100_v4'", "'other'"),
    ],
    [
      "replaces a plain value, quoted where YAML 1.1 would misread it",
      [{ op: "replace", path: "/metadata/name", value: "no" }],
      commented.replace("phi  #", '"no"  #'),
    ],
    [
      "adds annotations where metadata has none",
      [
        {
          op: "add",
          path: "/metadata/annotations",
          value: { "foresail.dev/catalog": "2026.11.0", "foresail.dev/x": "1" },
        },
      ],
      commented.replace(
        'labels: {team: a, tier: "b"}\n',
        'labels: {team: a, tier: "b"}\n    annotations:\n      foresail.dev/catalog: 2026.11.0\n      foresail.dev/x: "1"\n',
      ),
    ],
    [
      "adds to a mapping on one line",
      [{ op: "add", path: "/metadata/labels/new", value: "a, b" }],
      commented.replace('tier: "b"}', 'tier: "b", new: "a, b"}'),
    ],
    [
      "removes a member, and keeps its comment",
      [
        { op: "remove", path: "/resource/instanceType" },
        { op: "add", path: "/resource/count", value: 2 },
      ],
      commented.replace(
        "resource:\n    instanceType: 'Standard_NC24ads_A100_v4'   # dear\n",
        "resource: {count: 2}   # dear\n",
      ),
    ],
    [
      "removes an item",
      [{ op: "remove", path: "/inference/adapters/1" }],
      commented.replace("    - source: {name: two}\n", ""),
    ],
    [
      "removes the first member of an item",
      [{ op: "remove", path: "/inference/adapters/0/source" }],
      commented.replace(
        '    - source:\n        name: one   # first\n        image: "x"\n      strength',
        "    - # first\n      strength",
      ),
    ],
    [
      "adds an item as the others stand",
      [{ op: "add", path: "/inference/adapters/-", value: { source: { name: "three" } } }],
      commented.replace("{name: two}\n", "{name: two}\n    - source:\n        name: three\n"),
    ],
    [
      "gives a value to a key without one",
      [{ op: "replace", path: "/resource/instanceType", value: ["a"] }],
      commented.replace(" 'Standard_NC24ads_A100_v4'   # dear", "\n    - a   # dear"),
    ],
  ];
  for (const [title, patch, expected] of cases) {
    it(title, () => expect(patched(commented, patch)).to.equal(expected));
  }

  it("edits JSON as JSON, on lines of its own where it has lines", () => {
    const object = { kind: "Workspace", metadata: { name: "a" }, list: [1] };
    const patch: readonly Operation[] = [
      { op: "add", path: "/metadata/annotations", value: { "a/b": "yes" } },
      { op: "replace", path: "/list/0", value: 2 },
    ];
    const wanted = { ...object, metadata: { name: "a", annotations: { "a/b": "yes" } }, list: [2] };
    expect(patched(`${JSON.stringify(object, null, 2)}\n`, patch)).to.equal(`${JSON.stringify(wanted, null, 2)}\n`);
    expect(JSON.parse(patched(JSON.stringify(object), patch) ?? "")).to.deep.equal(wanted);
  });

  it("edits one of several documents, an item of a List, and files from Windows", () => {
    const text = `# a\n---\nkind: A\nx: 1\n---\n# c\nkind: AList\nitems:\n- x: 1\n- x: 2 # two\n`;
    const [, second, third] = [undefined, ...manifestsIn(text).slice(1)];
    expect(second?.edits([{ op: "replace", path: "/x", value: 5 }])).to.deep.equal([
      { file: "a.yaml", line: 9, endLine: 9, text: "- x: 5" },
    ]);
    const edits = third?.edits([{ op: "add", path: "/z", value: 5 }]) ?? [];
    expect(edits).to.deep.equal([{ file: "a.yaml", line: 10, endLine: 10, text: "- x: 2 # two\n  z: 5" }]);
    const windows = text.replaceAll("\n", "\r\n");
    const again = manifestsIn(windows)[2]?.edits([{ op: "add", path: "/z", value: 5 }]) ?? [];
    expect(applyEdits(new Map([["a.yaml", windows]]), [again]).files.get("a.yaml")).to.equal(
      text.replace("# two\n", "# two\n  z: 5\n").replaceAll("\n", "\r\n"),
    );
  });

  it("refuses what the text cannot say: aliases, merged members, paths that lead nowhere", () => {
    const text = "kind: A\na: &x {p: 1}\nb: *x\nc:\n  <<: *x\n";
    const refused: readonly Operation[] = [
      { op: "replace", path: "/b/p", value: 2 },
      { op: "replace", path: "/a/p", value: 2 },
      { op: "remove", path: "/c/p" },
      { op: "replace", path: "/d/e", value: 2 },
    ];
    for (const operation of refused) expect(patched(text, [operation]), operation.path).to.equal(undefined);
    expect(patched(text, [{ op: "replace", path: "/c/p", value: 2 }])).to.equal(`${text}  p: 2\n`);
  });

  it("keeps the comment that came behind a dash when the rest of the item goes", () => {
    const text = "v:\n  - a: 1 # why\n    b: 2\n";
    const removals = [{ op: "remove", path: "/v/0/a" } as const, { op: "remove", path: "/v/0/b" } as const];
    expect(patched(text, removals)).to.equal("v:\n  - {}\n  # why\n");
  });

  it("does the edits of a fix together or not at all, and the same edit once", () => {
    const edit = (line: number, text: string) => ({ file: "a.yaml", line, endLine: line, text });
    const files = new Map([["a.yaml", "1\n2\n3\n"]]);
    const { files: changed, done } = applyEdits(files, [
      [edit(1, "one"), edit(3, "three")],
      [edit(2, "two"), edit(3, "drei")],
      [edit(3, "three")],
      [edit(2, "")],
      [{ ...edit(1, ""), file: "b.yaml" }],
    ]);
    expect(done).to.deep.equal([true, false, true, true, false]);
    expect([...changed]).to.deep.equal([["a.yaml", "one\nthree\n"]]);
  });

  const word = fc.constantFrom(
    "a",
    "b-c",
    "yes",
    "012",
    "x: y",
    "#z",
    "",
    "1.5",
    "on",
    "null",
    "two words",
    "it's",
    '"q"',
    "é",
    "l1\nl2\n",
    "[x]",
  );
  const key = fc.constantFrom("name", "labels", "x/y", "foresail.dev/a", "on", "list", "0", "items");
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      word,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      tie("map"),
      tie("list"),
    ),
    map: fc.dictionary(key, tie("any"), { maxKeys: 4 }),
    list: fc.array(tie("any"), { maxLength: 3 }),
  }));
  const styles = ["block", "indentless", "flow", "json", "json-lines"] as const;

  function written(object: unknown, style: (typeof styles)[number]): string {
    switch (style) {
      case "json":
        return JSON.stringify(object);
      case "json-lines":
        return `${JSON.stringify(object, null, 2)}\n`;
      case "flow":
        return stringify(object, { collectionStyle: "flow", lineWidth: 40 });
      default:
        return withComments(stringify(object, { indentSeq: style === "block", version: "1.1", lineWidth: 0 }));
    }
  }

  /** A comment behind every third line and before every fifth one, where that is a comment. */
  function withComments(text: string): string {
    let made = text;
    text.split("\n").forEach((_, i) => {
      const lines = made.split("\n");
      const at = i + (lines.length - text.split("\n").length);
      const line = lines[at];
      if (line === undefined || line.trim() === "") return;
      const candidate = [...lines];
      if (i % 5 === 0) candidate.splice(at, 0, `${/^ */.exec(line)?.[0]}# before ${i}`);
      else if (i % 3 === 0) candidate[at] = `${line} # behind ${i}`;
      const next = candidate.join("\n");
      const read = parseAllDocuments(next)[0];
      if (canonicalJson(read?.toJS()) === canonicalJson(parseAllDocuments(made)[0]?.toJS())) made = next;
    });
    return made;
  }

  it("reads back as the patched object with all comments, for random manifests, styles and patches", () => {
    let edited = 0;
    fc.assert(
      fc.property(value.any, value.any, fc.constantFrom(...styles), (inner, other, style) => {
        const before = { kind: "A", ...JSON.parse(JSON.stringify({ v: inner })) };
        const after = { kind: "A", ...JSON.parse(JSON.stringify({ v: other })) };
        const text = written(before, style);
        const patch = diff(before, after);
        const made = patched(text, patch);
        if (made === undefined) return;
        edited++;
        const read = parseAllDocuments(made, { merge: true });
        expect(read).to.have.length(1);
        expect(canonicalJson((read[0] as { toJS: () => unknown }).toJS())).to.equal(
          canonicalJson(apply_patch(structuredClone(before), [...patch])),
        );
        const comments = (one: string) => [...(one.match(/# (?:before|behind) \d+/g) ?? [])].sort();
        expect(comments(made)).to.deep.equal(comments(text));
      }),
      { numRuns: 400 },
    );
    expect(edited).to.be.greaterThan(360);
  });
});
