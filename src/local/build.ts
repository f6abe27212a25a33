import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Go, runGo } from "./go.ts";
import { withLock } from "./lock.ts";
import type { Report } from "./report.ts";
import { toolKey } from "./tool-cache.ts";

/** One Go module below test/tools and what is built of it. */
export interface ToolModule {
  readonly name: string;
  readonly sources: readonly string[];
  readonly target: string;
  readonly ldflags: string;
  readonly tags?: string;
  /** Folders of a dependency whose YAML files are kept beside the binary. */
  readonly crds?: { readonly module: string; readonly folders: readonly string[] };
}

const KUBERNETES_VERSION = "v1.36.3";
const [MAJOR, MINOR] = KUBERNETES_VERSION.slice(1).split(".");
const VERSION_PACKAGE = "k8s.io/component-base/version";

export const MODULES: Readonly<Record<"controlplane" | "kwok" | "karpenter", ToolModule>> = {
  controlplane: {
    name: "controlplane",
    sources: ["go.mod", "go.sum", "main.go"],
    target: ".",
    // Without the stamp clients see v0.0.0 and refuse some features.
    ldflags: `-s -w -X ${VERSION_PACKAGE}.gitVersion=${KUBERNETES_VERSION} -X ${VERSION_PACKAGE}.gitMajor=${MAJOR} -X ${VERSION_PACKAGE}.gitMinor=${MINOR}`,
  },
  kwok: { name: "kwok", sources: ["go.mod", "go.sum"], target: "sigs.k8s.io/kwok/cmd/kwok", ldflags: "-s -w" },
  karpenter: {
    name: "karpenter",
    sources: ["go.mod", "go.sum"],
    target: "sigs.k8s.io/karpenter/kwok",
    ldflags: "-s -w",
    crds: { module: "sigs.k8s.io/karpenter", folders: ["pkg/apis/crds", "kwok/apis/crds"] },
  },
};

export interface BuildPlace {
  readonly root: string;
  readonly cache: string;
  readonly go: Go;
  readonly report: Report;
}

/**
 * Gives the folder that holds the built binary (named like the module) and its CRDs, building it when it is not there.
 * Throws with Go's own words when it cannot be built.
 */
export async function ensureTool(tool: ToolModule, place: BuildPlace): Promise<string> {
  const moduleDir = join(place.root, "test", "tools", tool.name);
  const platform = `${process.platform}/${process.arch}`;
  const key = toolKey(moduleDir, tool.sources, [
    ...[place.go.version, platform, tool.target, tool.ldflags],
    ...tagFlags(tool),
  ]);
  const finished = join(place.cache, `${tool.name}-${key}`);
  if (existsSync(finished)) return finished;
  const waiting = () => place.report.progress(`waiting for another run that builds ${tool.name}`);
  await withLock(join(place.cache, `${tool.name}-${key}.lock`), waiting, async () => {
    if (!existsSync(finished)) await buildInto(finished, tool, { ...place, moduleDir });
  });
  return finished;
}

async function buildInto(finished: string, tool: ToolModule, place: BuildPlace & { moduleDir: string }): Promise<void> {
  const unfinished = `${finished}.${randomBytes(4).toString("hex")}.unfinished`;
  const progress = buildProgress(tool.name, place.report);
  place.report.line(`building ${tool.name} with ${place.go.version}, once (kept in ${place.cache})`);
  try {
    await mkdir(unfinished, { recursive: true });
    progress.expect(await staleCount(place.moduleDir, tool, progress.onDownload));
    const flags = ["-v", "-trimpath", ...tagFlags(tool), "-ldflags", tool.ldflags, "-o", join(unfinished, tool.name)];
    await runGo(place.moduleDir, ["build", ...flags, tool.target], progress);
    if (tool.crds !== undefined) await copyCrds(place.moduleDir, tool.crds, join(unfinished, "crds"));
    await rename(unfinished, finished);
    place.report.line(`built ${tool.name} in ${progress.seconds()} s`);
  } finally {
    progress.end();
    await rm(unfinished, { recursive: true, force: true });
  }
}

function tagFlags({ tags }: ToolModule): readonly string[] {
  return tags === undefined ? [] : ["-tags", tags];
}

/** Counts what Go says and tells it once a second. */
function buildProgress(name: string, report: Report) {
  const started = performance.now();
  let [downloads, done, total] = [0, 0, 0];
  const seconds = () => Math.round((performance.now() - started) / 1000);
  const state = () => {
    if (total === 0) return `${downloads} modules fetched`;
    // What is left at the end is the program itself.
    return total - done <= 1 ? "linking" : `${done} of ${total} packages`;
  };
  const ticker = setInterval(() => report.progress(`building ${name}: ${state()}, ${seconds()} s`), 1000);
  return {
    onDownload: () => void downloads++,
    onPackage: () => void done++,
    expect(packages: number) {
      total = packages;
    },
    seconds,
    end: () => clearInterval(ticker),
  };
}

/** How many packages Go still has to compile. Fetches the modules, too. */
async function staleCount(moduleDir: string, tool: ToolModule, onDownload: () => void): Promise<number> {
  const args = ["list", "-trimpath", ...tagFlags(tool), "-deps", "-f", "{{if .Stale}}x{{end}}", tool.target];
  const marks = await runGo(moduleDir, args, { onDownload });
  return Math.max(1, marks.split("\n").filter((mark) => mark === "x").length);
}

async function copyCrds(moduleDir: string, crds: NonNullable<ToolModule["crds"]>, to: string): Promise<void> {
  const moduleFolder = await runGo(moduleDir, ["list", "-m", "-f", "{{.Dir}}", crds.module]);
  await mkdir(to, { recursive: true });
  for (const folder of crds.folders) {
    const files = await readdir(join(moduleFolder, folder));
    for (const file of files.filter((name) => name.endsWith(".yaml"))) {
      await cp(join(moduleFolder, folder, file), join(to, file));
    }
  }
}
