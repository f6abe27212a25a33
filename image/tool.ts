import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { ensureTool, type ToolModule } from "../src/local/build.ts";
import { findGo } from "../src/local/go.ts";
import { streamReport } from "../src/local/report.ts";
import { toolCache } from "../src/local/tool-cache.ts";

const imageTool: ToolModule = {
  name: "image",
  sources: ["go.mod", "go.sum", "main.go", "libraries.go", "plan.go", "folder.go"],
  target: ".",
  ldflags: "-s -w",
};

/**
 * The program of test/tools/image, built once: path.
 * @throws Error saying what is missing where there is no Go
 */
export async function imageToolPath(root: string): Promise<string> {
  const answer = await findGo();
  if (answer.kind === "no-go") throw new Error(answer.reason);
  const place = { root, cache: toolCache(root), go: answer.go, report: streamReport() };
  return join(await ensureTool(imageTool, place), imageTool.name);
}

/** Runs it and gives its stdout; its errors go to stderr. */
export function runTool(program: string, args: readonly string[]): string {
  return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}
