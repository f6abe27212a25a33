import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { expect } from "chai";
import { describe, it } from "mocha";
import { kindNames, kindOf } from "../../src/core/catalogue-files/kinds.ts";
import { readCatalogueFiles, shippedCatalogueFiles } from "../../src/load.ts";
import { packageRoot } from "../../src/package-root.ts";

const directory = join(packageRoot(), "presets/schemas");
// An editor knows the standard and nothing else: unknown keywords would be errors here.
const ajv = new Ajv({ strict: true, strictTypes: false });
const schemas = new Map(
  readdirSync(directory).map((file) => [
    file.replace(".schema.json", ""),
    ajv.compile(JSON.parse(readFileSync(join(directory, file), "utf8"))),
  ]),
);

describe("JSON Schemas of catalogue files", () => {
  it("exist for every kind that people write", () => {
    const written = [...kindNames.filter((kind) => kind !== "releases"), "defaults"];
    expect([...schemas.keys()].sort()).to.deep.equal(written.sort());
  });

  const files = [...shippedCatalogueFiles(), ...readCatalogueFiles([join(packageRoot(), "examples/catalogue")])].filter(
    (file) => kindOf(file.path, file.content) !== "releases",
  );
  for (const file of files) {
    it(`take ${file.shown.slice(file.shown.lastIndexOf("/", file.shown.lastIndexOf("/") - 1) + 1)}, and not with a member more or a wrong type`, () => {
      const validate = schemas.get(kindOf(file.path, file.content) ?? "");
      if (validate === undefined) throw new Error(`no schema for ${file.path}`);
      expect(validate(file.content), JSON.stringify(validate.errors)).to.equal(true);
      const content = file.content as { readonly [member: string]: unknown };
      expect(validate({ ...content, extra: 1 })).to.equal(false);
      for (const member of Object.keys(content))
        expect(validate({ ...content, [member]: () => {} }), member).to.equal(false);
    });
  }
});
