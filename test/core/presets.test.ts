import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { Release } from "../../src/core/catalogue.ts";
import { expand } from "../../src/core/expand.ts";
import { canonicalJson } from "../../src/core/json.ts";
import { packageRoot } from "../../src/package-root.ts";
import {
  goldenFiles,
  goldenFolder,
  goldenText,
  isReleased,
  readGolden,
  readSums,
  seal,
  sumsOf,
  writeGoldens,
} from "./presets/golden.ts";
import { alone, terse } from "./presets/workspaces.ts";
import { catalogue } from "./support/workspaces.ts";

const root = packageRoot();
const { current, releases } = catalogue;
const updating = process.env["UPDATE_GOLDEN"] === "1";

/** `UPDATE_GOLDEN=1` writes the goldens of the release that is not out yet, and seals those of one that has just come out. */
function update(release: Release): void {
  if (isReleased(root, release.id)) {
    if (readSums(root, release.id) === undefined) seal(root, release.id);
    return;
  }
  const texts = new Map(release.models.map((model) => [`${model.name}.yaml`, goldenText(release, model)]));
  for (const file of goldenFiles(root, release.id)) {
    if (!texts.has(file)) rmSync(join(goldenFolder(root, release.id), file));
  }
  writeGoldens(root, release.id, texts);
}

describe("goldens of presets", () => {
  before(() => {
    if (updating) for (const release of releases) update(release);
  });

  for (const release of releases) {
    it(`has one for every preset of ${release.id}`, () => {
      const expected = release.models.map(({ name }) => `${name}.yaml`).sort();
      expect(goldenFiles(root, release.id)).to.deep.equal(expected);
    });

    it(`are sealed by their sums once ${release.id} is out, and not before`, () => {
      const sums = isReleased(root, release.id) ? sumsOf(root, release.id) : undefined;
      expect(readSums(root, release.id)).to.equal(sums);
    });

    for (const { name } of release.models) {
      it(`expands ${name} with ${release.id} to the same bytes as ever`, () => {
        const { workspace, expansion } = readGolden(root, release.id, `${name}.yaml`);
        expect(canonicalJson(expand(workspace, alone(release)).expansion)).to.equal(canonicalJson(expansion));
      });
    }
  }

  if (!isReleased(root, current.id)) {
    for (const model of current.models) {
      it(`shows the arithmetic of ${model.name}`, () => {
        const text = readFileSync(join(goldenFolder(root, current.id), `${model.name}.yaml`), "utf8");
        expect(goldenText(current, model)).to.equal(text);
      });
    }
  }
});

describe("goldens of a release that is out", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-goldens-"));
    writeGoldens(folder, "1.0.0", new Map([["a.yaml", "kind: Workspace\n"]]));
    mkdirSync(join(folder, "presets", "releases"), { recursive: true });
    writeFileSync(join(folder, "presets", "releases", "1.0.0.json"), "{}");
  });
  after(() => rmSync(folder, { recursive: true }));

  it("are written no more", () => {
    const write = (): void => writeGoldens(folder, "1.0.0", new Map([["a.yaml", "kind: Changed\n"]]));
    expect(write).to.throw(/1\.0\.0 are frozen.*give the changed catalogue a release of its own/);
    expect(readFileSync(join(goldenFolder(folder, "1.0.0"), "a.yaml"), "utf8")).to.equal("kind: Workspace\n");
  });

  it("are sealed once, with sums that notice any change", () => {
    seal(folder, "1.0.0");
    expect(readSums(folder, "1.0.0")).to.match(/^[0-9a-f]{64} {2}a\.yaml\n$/);
    expect(() => seal(folder, "1.0.0")).to.throw(/EEXIST/);
    writeFileSync(join(goldenFolder(folder, "1.0.0"), "a.yaml"), "kind: Changed\n");
    expect(sumsOf(folder, "1.0.0")).to.not.equal(readSums(folder, "1.0.0"));
    expect(() => seal(folder, "2.0.0")).to.throw(/is not out/);
  });
});

describe("presets on every NVIDIA size", () => {
  const refusals = ["instance-type/too-small", "preset/retired", "runtime/unsupported-gpu"];
  const sizes = current.instanceTypes.filter(({ gpuVendor }) => gpuVendor === "nvidia");
  const living = current.models.filter(({ runtimes }) => runtimes === undefined);

  it("expand, or say that they do not fit", () => {
    expect(living).to.have.length(60);
    const counts = new Map<string, number>();
    let most = 0;
    for (const model of current.models) {
      for (const { name } of sizes) {
        const { expansion, issues } = expand(terse(model, name), catalogue);
        const codes = issues.filter(({ level }) => level === "error").map(({ code }) => code);
        const outcome = expansion === undefined ? codes.join(" ") : `${expansion.preset?.runtime} expansions`;
        counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
        if (expansion === undefined) expect(refusals, `${model.name} on ${name}`).to.include(codes.join(" "));
        else most = Math.max(most, canonicalJson(expansion).length);
      }
    }
    const shown = [...counts].sort().map(([outcome, count]) => `${count} ${outcome}`);
    process.stdout.write(
      `      ${current.models.length} presets × ${sizes.length} sizes: ${shown.join(", ")}; at most ${most} bytes\n`,
    );
    expect(counts.get("vllm expansions")).to.be.greaterThan(2000);
  });

  // By plain numbers: weights and a tenth, 4 GiB for the runtime, 4 for the cache, in 75 % of all memory of 16 nodes.
  it("expand wherever there is room to spare, on GPUs of compute capability 9.0", () => {
    for (const model of living) {
      for (const { name, gpuCount, gpuMemoryGiB, computeCapability } of sizes) {
        if (computeCapability !== "9.0") continue;
        const needed = model.weightsGiB * 1.1 + 8 * gpuCount;
        if (needed > gpuCount * gpuMemoryGiB * 0.75) continue;
        const { expansion } = expand(terse(model, name), catalogue);
        expect(expansion?.preset?.runtime, `${model.name} on ${name}`).to.equal("vllm");
        expect(expansion?.nodeCount, `${model.name} on ${name}`).to.equal(1);
      }
    }
  });
});
