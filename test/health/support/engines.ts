import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { JsonObject } from "../../../src/core/json.ts";
import type { ToolModule } from "../../../src/local/build.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { describeWithTool } from "../../support/tool-process.ts";

const sources = ["go.mod", "go.sum", "main.go", "argo.go", "flux.go"];
const tool: ToolModule = { name: "health", sources, target: ".", ldflags: "-s -w" };

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
  describeWithTool(tool, title, (ask) => {
    body(async (object, lua = luaScript()) => {
      const { error, ...said } = await ask<Verdicts & { error?: string }>({
        object,
        lua,
        expressions: fluxExpressions(),
      });
      if (error !== undefined) throw new Error(error);
      return said;
    });
  });
}
