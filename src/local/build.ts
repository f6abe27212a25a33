import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Go, goBuild, goOutput } from "./go.ts";
import { withLock } from "./lock.ts";
import type { Report } from "./report.ts";
import { toolKey } from "./tool-cache.ts";

/** One Go module below test/tools and what is built of it. */
export interface ToolModule {
  readonly name: "controlplane" | "kwok" | "karpenter";
  readonly sources: readonly string[];
  readonly target: string;
  readonly ldflags: string;
  /** Folders of a dependency whose YAML files are kept beside the binary. */
  readonly crds?: { readonly module: string; readonly folders: readonly string[] };
}

const KUBERNETES_VERSION = "v1.36.3";
const [MAJOR, MINOR] = KUBERNETES_VERSION.slice(1).split(".");
const VERSION_PACKAGE = "k8s.io/component-base/version";

export const MODULES: Readonly<Record<ToolModule["name"], ToolModule>> = {
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
  const key = toolKey(moduleDir, tool.sources, [place.go.version, platform, tool.target, tool.ldflags]);
  const finished = join(place.cache, `${tool.name}-${key}`);
  if (existsSync(finished)) return finished;
  const waiting = () => place.report.progress(`waiting for another run that builds ${tool.name}`);
  await withLock(join(place.cache, `${tool.name}-${key}.lock`), waiting, async () => {
    if (!existsSync(finished)) await buildInto(finished, tool, { ...place, moduleDir });
  });
  return finished;
}

async function buildInto(finished: string, tool: ToolModule, place: BuildPlace & { moduleDir: string }): Promise<void> {
  const started = performance.now();
  const unfinished = `${finished}.${randomBytes(4).toString("hex")}.unfinished`;
  await mkdir(unfinished, { recursive: true });
  try {
    const flags = ["-trimpath", "-ldflags", tool.ldflags];
    place.report.line(`building ${tool.name} with ${place.go.version}, once (kept in ${place.cache})`);
    const total = await staleCount(place.moduleDir, tool.target);
    let done = 0;
    const seconds = () => Math.round((performance.now() - started) / 1000);
    const tell = () =>
      place.report.progress(
        total - done <= 1 // what is left is the program itself
          ? `building ${tool.name}: linking, ${seconds()} s`
          : `building ${tool.name}: ${done} of ${total} packages, ${seconds()} s`,
      );
    const ticker = setInterval(tell, 1000);
    try {
      await goBuild(place.moduleDir, [...flags, "-o", join(unfinished, tool.name), tool.target], () => done++);
    } finally {
      clearInterval(ticker);
    }
    if (tool.crds !== undefined) await copyCrds(place.moduleDir, tool.crds, join(unfinished, "crds"));
    await rename(unfinished, finished);
    place.report.line(`built ${tool.name} in ${seconds()} s`);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** How many packages Go still has to compile; only for the progress line, so a failure counts as unknown. */
async function staleCount(moduleDir: string, target: string): Promise<number> {
  try {
    const marks = await goOutput(moduleDir, ["list", "-trimpath", "-deps", "-f", "{{if .Stale}}x{{end}}", target]);
    return marks.split("\n").filter((mark) => mark === "x").length;
  } catch {
    return 0;
  }
}

async function copyCrds(moduleDir: string, crds: NonNullable<ToolModule["crds"]>, to: string): Promise<void> {
  const moduleFolder = await goOutput(moduleDir, ["list", "-m", "-f", "{{.Dir}}", crds.module]);
  await mkdir(to, { recursive: true });
  for (const folder of crds.folders) {
    const files = await readdir(join(moduleFolder, folder));
    for (const file of files.filter((name) => name.endsWith(".yaml"))) {
      await cp(join(moduleFolder, folder, file), join(to, file));
    }
  }
}
