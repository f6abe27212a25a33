import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { buildCatalogue, CatalogueError } from "../../src/core/catalogue-build.ts";
import { parseCatalogueFile } from "../../src/core/catalogue-files/parse.ts";
import { type ParsedFiles, parsedFilesText, recallCatalogueFile } from "../../src/core/catalogue-files/parsed.ts";
import { readCatalogueFiles, shippedCatalogueFiles } from "../../src/load.ts";
import { packageRoot } from "../../src/package-root.ts";

const path = "models/a.yaml";
const text = "# A model.\nname: a\ncache:\n  - layers: 3\n";
const parsed: ParsedFiles = JSON.parse(parsedFilesText([{ path, text }]));

describe("presets that were parsed when the package was made", () => {
  it("are what their YAML says, all of them", () => {
    const shipped = shippedCatalogueFiles();
    const read = readCatalogueFiles([join(packageRoot(), "presets")], packageRoot());
    expect(shipped.filter(({ checked }) => checked !== true).map((file) => file.path)).to.deep.equal([]);
    expect(shipped.map((file) => [file.path, file.shown, file.content])).to.deep.equal(
      read.map((file) => [file.path, file.shown, file.content]),
    );
    expect(buildCatalogue(shipped)).to.deep.equal(buildCatalogue(read));
  });

  it("know the lines of their fields", () => {
    const recalled = recallCatalogueFile(parsed, path, path, text);
    expect(recalled.content).to.deep.equal({ name: "a", cache: [{ layers: 3 }] });
    expect(["name", "cache[0].layers", "none"].map((field) => recalled.lineOf?.(field))).to.deep.equal([2, 4, 2]);
  });

  it("are read anew when the text has changed, and checked", () => {
    const changed = text.replace("layers: 3", "layers: many");
    const file = recallCatalogueFile(parsed, path, path, changed);
    expect(file.content).to.deep.equal({ name: "a", cache: [{ layers: "many" }] });
    expect(file.checked).to.equal(undefined);
    expect(() => buildCatalogue([file])).to.throw(CatalogueError, `${path}:4: cache[0].layers must be of type`);
    expect(recallCatalogueFile(parsed, "models/b.yaml", "b", text).checked).to.equal(undefined);
    expect(recallCatalogueFile(parsed, path, path, "a: [").error).to.deep.equal(
      parseCatalogueFile(path, path, "a: [").error,
    );
  });

  it("are not needed: without them the YAML is read", () => {
    const root = mkdtempSync(join(tmpdir(), "foresail-presets-"));
    try {
      const some = join("presets", "partitions");
      cpSync(join(packageRoot(), some), join(root, some), { recursive: true });
      const [file, ...more] = shippedCatalogueFiles(root);
      expect(more).to.deep.equal([]);
      expect(file?.checked).to.equal(undefined);
      const known = shippedCatalogueFiles().find((one) => one.path === file?.path);
      expect(file?.content).to.deep.equal(known?.content);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
