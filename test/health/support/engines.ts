import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe } from "mocha";
import { parse } from "yaml";
import type { JsonObject } from "../../../src/core/json.ts";
import { ensureTool, type ToolModule } from "../../../src/local/build.ts";
import { findGo } from "../../../src/local/go.ts";
import { streamReport } from "../../../src/local/report.ts";
import { toolCache } from "../../../src/local/tool-cache.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { type LineProcess, startLineProcess } from "../../cluster/gitops/support/line-process.ts";

const sources = ["go.mod", "go.sum", "main.go", "argo.go", "flux.go"];
const tool: ToolModule = { name: "health", sources, target: ".", ldflags: "-s -w" };
// A cold build of the tool compiles 400 packages; on a busy machine that takes minutes.
const BUILD_TIMEOUT_MS = 900_000;

export interface Verdict {
  readonly status?: string;
  readonly message?: string;
  readonly error?: string;
}

/** What each engine says of one object. */
export interface Verdicts {
  readonly argoCd: Verdict;
  readonly flux: Verdict;
  readonly kstatus: Verdict;
}

const shipped = join(packageRoot(), "manifests", "health");
/** The folder as it would lie in Argo CD's own resource_customizations. */
export const ARGO_FOLDER = join(shipped, "argo-cd", "kaito.sh", "Workspace");
export const ARGO_CONFIG = join(shipped, "argo-cd", "argocd-cm.yaml");
export const FLUX_PATCH = join(shipped, "flux", "health-check-exprs.yaml");

export function luaScript(): string {
  return readFileSync(join(ARGO_FOLDER, "health.lua"), "utf8");
}

/** The entry of the Flux patch that is for Workspaces. */
export function fluxExpressions(): JsonObject {
  const patch = parse(readFileSync(FLUX_PATCH, "utf8")) as { spec: { healthCheckExprs: readonly JsonObject[] } };
  const [only, ...more] = patch.spec.healthCheckExprs;
  if (only === undefined || more.length > 0) throw new Error("expected one entry in healthCheckExprs");
  return only;
}

export type Judge = (object: JsonObject, lua?: string) => Promise<Verdicts>;

/** `describe` with the engines running; without Go its tests are skipped, in CI they fail. */
export function describeHealth(title: string, body: (judge: Judge) => void): void {
  describe(title, () => {
    let running: LineProcess | undefined;
    before(async function () {
      this.timeout(BUILD_TIMEOUT_MS);
      const answer = await findGo();
      if (answer.kind === "no-go") {
        if (process.env["CI"] === "true") throw new Error(answer.reason);
        return this.skip();
      }
      const root = packageRoot();
      const place = { root, cache: toolCache(root), go: answer.go, report: streamReport() };
      running = startLineProcess(join(await ensureTool(tool, place), tool.name), [], tmpdir());
    });
    after(() => running?.stop());
    body(async (object, lua = luaScript()) => {
      if (running === undefined) throw new Error("nothing runs yet: call it in tests");
      const { error, ...said } = await running.ask<Verdicts & { error?: string }>({
        object,
        lua,
        expressions: fluxExpressions(),
      });
      if (error !== undefined) throw new Error(error);
      return said;
    });
  });
}
