import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import { workspaceKind } from "../../../src/core/kinds/workspace.ts";
import { packageRoot } from "../../../src/package-root.ts";

/** One field of KAITO v0.12.0's Workspace definition. */
interface Field {
  readonly version: string;
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  readonly enum: readonly string[];
  readonly default: string;
  readonly constraints: { readonly [keyword: string]: string };
  readonly kubernetes: string;
}

function cells(line: string): readonly string[] {
  return [...line.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'),
  );
}

function fields(): readonly Field[] {
  const text = readFileSync(join(packageRoot(), "test/core/kinds/workspace-crd-fields.csv"), "utf8");
  return text
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => {
      const [, version = "", path = "", type = "", required, words = "", fallback = "", constraints = "", kubernetes] =
        cells(line);
      return {
        version,
        path,
        type,
        required: required === "yes",
        enum: words === "" ? [] : words.split("|"),
        default: fallback,
        constraints: Object.fromEntries(
          constraints
            .split("; ")
            .filter((one) => one !== "")
            .map((one) => [one.slice(0, one.indexOf("=")), one.slice(one.indexOf("=") + 1)]),
        ),
        kubernetes: kubernetes ?? "",
      };
    });
}

/** The schema at `a.b[].c.<key>`, with its parent and last key; undefined when we have none. */
function schemaAt(
  path: string,
): { readonly schema: JsonObject; readonly parent: JsonObject; readonly key: string } | undefined {
  let [schema, parent, key]: [JsonObject, JsonObject, string] = [workspaceKind.schema.json, {}, ""];
  for (key of path.replaceAll("[]", ".[]").split(".")) {
    const { properties } = schema;
    const named = isObject(properties) ? properties[key] : undefined;
    const next = key === "[]" ? schema["items"] : key === "<key>" ? schema["additionalProperties"] : named;
    if (!isObject(next)) return undefined;
    [schema, parent] = [next, schema];
  }
  return { schema, parent, key };
}

const OWN_DEFAULTS: { readonly [path: string]: string } = {
  // v1alpha1's default size would win over the cheapest that fits.
  "resource.instanceType": "",
  // A new Workspace is in progress to kstatus.
  status: '{"observedGeneration":-1}',
};

/** What our definition has otherwise than KAITO's at one field. */
function differences(field: Field): readonly string[] {
  const found = schemaAt(field.path);
  if (found === undefined) return [`${field.path} is missing`];
  const { schema, parent, key } = found;
  const required = Array.isArray(parent["required"]) ? parent["required"] : [];
  const list = /(map|list)-type=(\w+)/.exec(field.kubernetes);
  const expected: readonly (readonly [string, unknown, unknown])[] = [
    // A pod template or volume that is no object could never be used, so "any" is an object of ours.
    ["type", schema["type"], field.type === "any" ? "object" : field.type],
    ["required", required.includes(key), field.required],
    ["enum", schema["enum"] ?? [], field.enum],
    ["default", textOf(schema["default"]), OWN_DEFAULTS[field.path] ?? field.default],
    ...Object.entries(field.constraints).map(([name, value]) => [name, String(schema[name]), value] as const),
    [
      "preserve-unknown-fields",
      schema["x-kubernetes-preserve-unknown-fields"] === true,
      field.kubernetes.includes("preserve-unknown-fields"),
    ],
    ...(list === null ? [] : [["list or map type", schema[`x-kubernetes-${list[1]}-type`], list[2]] as const]),
  ];
  return expected
    .filter(([, ours, kaito]) => JSON.stringify(ours) !== JSON.stringify(kaito))
    .map(
      ([what, ours, kaito]) => `${field.path}: ${what} is ${JSON.stringify(ours)}, KAITO has ${JSON.stringify(kaito)}`,
    );
}

function textOf(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value);
}

describe("our Workspace definition", () => {
  const all = fields();
  const versions = [...new Set(all.map(({ version }) => version))];

  it("serves the versions KAITO serves", () => {
    expect(versions).to.deep.equal(["v1alpha1", "v1beta1"]);
    expect(workspaceKind.versions.map(({ name }) => name)).to.deep.equal(versions);
  });

  for (const version of versions) {
    it(`has every field of KAITO's ${version}, as it is there`, () => {
      const own = all.filter((field) => field.version === version);
      expect(own.length).to.be.greaterThan(60);
      expect(own.flatMap(differences)).to.deep.equal([]);
    });
  }
});
