import { execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A Go tool chain: the version that builds the modules in test/tools. */
export interface Go {
  readonly version: string;
}

export type GoAnswer = { readonly kind: "go"; readonly go: Go } | { readonly kind: "no-go"; readonly reason: string };

// karpenter's go.mod asks for it (test/tools/karpenter/go.mod).
const OLDEST_MINOR = 26;

/** Finds Go on PATH. A missing or too old Go is an answer, not an error. */
export async function findGo(): Promise<GoAnswer> {
  try {
    const { stdout } = await run("go", ["env", "GOVERSION"], { env: goEnvironment() });
    return judgeVersion(stdout.trim());
  } catch {
    return { kind: "no-go", reason: "Go is not on PATH; install Go 1.26 or newer" };
  }
}

/** Pure part of findGo: `go1.26.8` is enough, `go1.25.1` is not unless Go may fetch a newer tool chain itself. */
export function judgeVersion(version: string, toolchain: string | undefined = process.env.GOTOOLCHAIN): GoAnswer {
  const minor = Number(/^go1\.(\d+)/.exec(version)?.[1] ?? Number.NaN);
  if (minor >= OLDEST_MINOR) return { kind: "go", go: { version } };
  // Since 1.21 Go fetches the tool chain that go.mod asks for, unless told to stay local.
  if (minor >= 21 && toolchain !== "local") return { kind: "go", go: { version } };
  return { kind: "no-go", reason: `${version} is too old; install Go 1.${OLDEST_MINOR} or newer` };
}

// The modules are complete (go.sum) and not part of a workspace; no version control is asked for.
function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, GOFLAGS: "-buildvcs=false -mod=readonly", GOWORK: "off" };
}

/** What a run of `go` says while it works. */
export interface GoWatcher {
  /** A package was compiled (`-v`). */
  readonly onPackage?: () => void;
  /** A module is being fetched. */
  readonly onDownload?: () => void;
}

/** Runs `go` in a module folder and gives its stdout. Throws with the last lines of its stderr when it fails. */
export function runGo(moduleDir: string, args: readonly string[], watcher: GoWatcher = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const go = spawn("go", args, { cwd: moduleDir, env: goEnvironment(), stdio: ["ignore", "pipe", "pipe"] });
    const stdout: Buffer[] = [];
    const lastLines: string[] = [];
    go.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    createInterface({ input: go.stderr }).on("line", (line) => {
      if (lastLines.push(line) > 20) lastLines.shift();
      if (line.startsWith("go: downloading ")) watcher.onDownload?.();
      // `-v` prints one import path per package; everything else contains spaces.
      else if (!line.includes(" ")) watcher.onPackage?.();
    });
    go.once("error", reject);
    go.once("close", (code) => {
      if (code === 0) resolve(Buffer.concat(stdout).toString().trim());
      else reject(new Error(`go ${args[0]} in ${moduleDir} ended with ${code}:\n${lastLines.join("\n")}`));
    });
  });
}
