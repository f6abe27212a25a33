import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadCatalogue } from "../../../../src/load.ts";
import { packageRoot } from "../../../../src/package-root.ts";

export const NEXT_RELEASE = "2027.1.0";

/**
 * Makes the package of the version after this one: another runtime image, other flags and prices, and an engine that adds
 * an annotation to every pod from its revision 2 on. It carries today's release whole, as every version will.
 * @param folder where to put it; it goes with the folder.
 * @returns the folder of the package, whose bin/foresail.js is that version.
 */
export function nextPackage(folder: string): string {
  const root = packageRoot();
  const next = mkdtempSync(join(folder, "next-"));
  for (const part of ["bin", "manifests", "package.json", "policies", "presets", "src", "webhook"]) {
    cpSync(join(root, part), join(next, part), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(next, "node_modules"));
  const today = loadCatalogue().current;
  mkdirSync(join(next, "presets", "releases"), { recursive: true });
  writeFileSync(join(next, "presets", "releases", `${today.id}.json`), JSON.stringify(today));
  edit(next, "presets/defaults.yaml", [
    [`release: "${today.id}"`, `release: "${NEXT_RELEASE}"`],
    [`engine: ${today.engine}\n`, `engine: ${today.engine + 1}\n`],
    ["  tokenizer-mode: auto\n", '  tokenizer-mode: auto\n  max-num-seqs: "200"\n'],
  ]);
  edit(next, "presets/runtimes/kaito.yaml", [["/kaito-base:0.5.0", "/kaito-base:0.6.0"]]);
  edit(next, "presets/prices/azure.yaml", [[": 3.673\n", ": 3.5\n"]]);
  edit(next, "src/core/expand.ts", [
    [
      ": { expansion: result.expansion, issues };",
      `: { expansion: ofEngine(release.engine, result.expansion), issues };`,
    ],
    ["export function expand(", `${ENGINE}\nexport function expand(`],
  ]);
  return next;
}

/** An engine that changed: chosen by the release, so that a pinned one keeps what it was. */
const ENGINE = `function ofEngine(engine: number, expansion: Expansion): Expansion {
  if (engine < 2) return expansion;
  const metadata = expansion.podTemplate.metadata ?? {};
  const annotations = { ...metadata.annotations, "foresail.dev/next-engine": "true" };
  return { ...expansion, podTemplate: { ...expansion.podTemplate, metadata: { ...metadata, annotations } } };
}
`;

function edit(folder: string, file: string, changes: readonly (readonly [string, string])[]): void {
  const path = join(folder, file);
  let text = readFileSync(path, "utf8");
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`${file} no longer holds ${JSON.stringify(from)}: adapt next-release.ts`);
    text = text.replaceAll(from, to);
  }
  writeFileSync(path, text);
}
