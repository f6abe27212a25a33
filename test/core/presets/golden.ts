import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { printed } from "../../../src/cli/print.ts";
import type { Model, Release } from "../../../src/core/catalogue.ts";
import type { Issue } from "../../../src/core/issue.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Expansion, Workspace } from "../../../src/core/kinds/workspace.ts";
import { arithmetic } from "./arithmetic.ts";
import { atCheapestSize } from "./workspaces.ts";

const SUMS = "SHA256SUMS";

export function goldenFolder(root: string, release: string): string {
  return join(root, "test", "cases", "presets", release);
}

/** Whether users may have pinned a release: its data is frozen under presets/releases. */
export function isReleased(root: string, release: string): boolean {
  return existsSync(join(root, "presets", "releases", `${release}.json`));
}

/** What a preset comes to in a release: the arithmetic as comments, then the Workspace with its expansion. */
export function goldenText(release: Release, model: Model): string {
  const { workspace, expansion, issues, withoutSize = [] } = atCheapestSize(release, model);
  const object = { ...workspace, ...(expansion === undefined ? {} : { expansion }) };
  const about = `${model.name}: ${model.model}, ${model.architecture}, catalogue ${release.id}`;
  const lines = [
    about,
    ...(expansion === undefined ? [] : [nodesLine(expansion), ...arithmetic(release, model, expansion)]),
    ...withoutSize.map((issue) => `without a size: ${issueText(issue)}`),
    ...issues.map(issueText),
  ];
  return printed([object as unknown as JsonObject], "yaml", lines.join("\n# "));
}

function nodesLine({ nodeCount, instanceType, gpu, nodes }: Expansion): string {
  const price = nodes.hourlyPriceUsd === undefined ? "no price known" : `$${nodes.hourlyPriceUsd}/h`;
  const each = `${gpu?.perNode} × ${gpu?.model} of ${gpu?.memoryGiB} GiB`;
  return `${nodeCount} × ${instanceType}, ${each}, ${price} in ${nodes.region ?? "no region"}`;
}

function issueText({ level, code, message }: Issue): string {
  return `${level} ${code}: ${message}`;
}

/** Names of the golden files of a release. */
export function goldenFiles(root: string, release: string): readonly string[] {
  const folder = goldenFolder(root, release);
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith(".yaml"))
        .sort()
    : [];
}

/**
 * Writes golden files, and removes those of presets that are gone.
 * @throws Error where the release is out: what it once produced, it produces for ever.
 */
export function writeGoldens(root: string, release: string, texts: ReadonlyMap<string, string>): void {
  if (isReleased(root, release)) {
    throw new Error(
      `goldens of ${release} are frozen, since presets/releases/${release}.json exists: give the changed catalogue a release of its own in presets/defaults.yaml`,
    );
  }
  const folder = goldenFolder(root, release);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of texts) writeFileSync(join(folder, file), text);
}

/** The Workspace of a golden file, and the expansion it must get for ever. */
export function readGolden(
  root: string,
  release: string,
  file: string,
): { readonly workspace: Workspace; readonly expansion?: Expansion } {
  const { expansion, ...workspace } = parse(readFileSync(join(goldenFolder(root, release), file), "utf8"), {
    version: "1.1",
  }) as Workspace;
  return { workspace, ...(expansion === undefined ? {} : { expansion }) };
}

/** `<sha256>  <file>` for every golden file, as `sha256sum --check` reads it. */
export function sumsOf(root: string, release: string): string {
  const folder = goldenFolder(root, release);
  return goldenFiles(root, release)
    .map((file) => {
      const digest = createHash("sha256")
        .update(readFileSync(join(folder, file)))
        .digest("hex");
      return `${digest}  ${file}\n`;
    })
    .join("");
}

/** The manifest of a released catalogue's goldens; undefined where there is none. */
export function readSums(root: string, release: string): string | undefined {
  const file = join(goldenFolder(root, release), SUMS);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** Seals the goldens of a released catalogue, once. */
export function seal(root: string, release: string): void {
  if (!isReleased(root, release)) throw new Error(`${release} is not out: its goldens still move`);
  writeFileSync(join(goldenFolder(root, release), SUMS), sumsOf(root, release), { flag: "wx" });
}
