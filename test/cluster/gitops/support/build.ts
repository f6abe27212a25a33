import { join } from "node:path";
import { ensureTool, type ToolModule } from "../../../../src/local/build.ts";
import { findGo } from "../../../../src/local/go.ts";
import { streamReport } from "../../../../src/local/report.ts";
import { toolCache } from "../../../../src/local/tool-cache.ts";
import { packageRoot } from "../../../../src/package-root.ts";

const sources = ["go.mod", "go.sum", "main.go"];
const flux: ToolModule = { name: "flux", sources, target: ".", ldflags: "-s -w" };
const argoCd: ToolModule = { name: "argo-cd", sources, target: ".", ldflags: "-s -w" };

export interface EnginePrograms {
  readonly flux: string;
  readonly argoCd: string;
}

/**
 * Paths of the programs around Flux's and Argo CD's own libraries, built once (test/tools/flux, test/tools/argo-cd).
 * @returns the reason where there is no Go
 */
export async function enginePrograms(): Promise<EnginePrograms | { readonly reason: string }> {
  const answer = await findGo();
  if (answer.kind === "no-go") return { reason: answer.reason };
  const root = packageRoot();
  const place = { root, cache: toolCache(root), go: answer.go, report: streamReport() };
  // One after the other: each build already uses every core.
  return {
    flux: join(await ensureTool(flux, place), flux.name),
    argoCd: join(await ensureTool(argoCd, place), argoCd.name),
  };
}
