import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { admit } from "../../src/core/admit.ts";
import { loadCatalogue } from "../../src/load.ts";
import { findGo, runGo } from "../../src/local/go.ts";
import { packageRoot } from "../../src/package-root.ts";
import { createCertificateSet } from "../../webhook/certificate-set.ts";
import { reviewBody, reviewTemplate } from "../review.ts";
import type { Place } from "./contestant.ts";

/** Young objects die between two reviews; a larger nursery only holds memory (manifests/webhook sets the same). */
const NODE_FLAGS = ["--max-semi-space-size=8"];
/** Threads of the compiler and the collector would each keep an arena of their own. */
const ENV = { MALLOC_ARENA_MAX: "1" };

/** Builds what the benchmark needs. Throws where Go, Linux or a second core is missing. */
export async function prepare(): Promise<Place> {
  if (process.platform !== "linux") throw new Error("this benchmark reads /proc: run it on Linux");
  const answer = await findGo();
  if (answer.kind === "no-go") throw new Error(answer.reason);
  const root = packageRoot();
  const cache = join(root, ".cache", "bench");
  mkdirSync(cache, { recursive: true });
  const tool = join(cache, "bench");
  await runGo(join(root, "test", "tools", "bench"), ["build", "-o", tool, "."]);
  const folder = mkdtempSync(join(tmpdir(), "foresail-bench-"));
  await writeFiles(folder);
  return { folder, tool, servers: await emit(root, cache), pin: pinning(), nodeFlags: NODE_FLAGS, env: ENV };
}

async function writeFiles(folder: string): Promise<void> {
  const { serving, caBundle } = await createCertificateSet(["127.0.0.1"], Date.now());
  writeFileSync(join(folder, "cert"), serving.cert);
  writeFileSync(join(folder, "key"), serving.key, { mode: 0o600 });
  writeFileSync(join(folder, "ca"), caBundle);
  writeFileSync(join(folder, "review"), reviewTemplate());
  writeFileSync(join(folder, "patch"), examplePatch());
}

/** What the echoes answer with: a real patch, so that all servers send as many bytes. */
function examplePatch(): Buffer {
  const answer = admit(JSON.parse(reviewBody()), loadCatalogue(), "mutate");
  const { response } = answer as { readonly response: { readonly patch?: string } };
  if (response.patch === undefined) throw new Error(`the example is not patched: ${JSON.stringify(response)}`);
  return Buffer.from(response.patch, "base64");
}

/** Stripping types takes 40 MiB that the image never uses. */
async function emit(root: string, cache: string): Promise<string> {
  const config = join(cache, "tsconfig.json");
  const include = ["src", "webhook", "bench/review.ts", "bench/admission"].map((part) => join(root, part));
  const compilerOptions = { noEmit: false, outDir: join(cache, "js"), rootDir: root };
  writeFileSync(config, JSON.stringify({ extends: join(root, "tsconfig.dist.json"), compilerOptions, include }));
  await promisify(execFile)(join(root, "node_modules", ".bin", "tsc"), ["-p", config]);
  return join(cache, "js", "bench", "admission", "servers.js");
}

function pinning(): Place["pin"] {
  if (availableParallelism() < 2)
    throw new Error("this benchmark needs two cores: one for the server, one for the client");
  try {
    execFileSync("taskset", ["--version"], { stdio: "ignore" });
    return (core) => ["taskset", "-c", String(core)];
  } catch {
    console.log("taskset is missing: nothing is pinned to a core");
    return () => [];
  }
}
