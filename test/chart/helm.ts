import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe } from "mocha";
import { parseAllDocuments } from "yaml";
import type { JsonObject } from "../../src/core/json.ts";
import { ensureTool, type ToolModule } from "../../src/local/build.ts";
import { findGo } from "../../src/local/go.ts";
import { streamReport } from "../../src/local/report.ts";
import { toolCache } from "../../src/local/tool-cache.ts";
import { packageRoot } from "../../src/package-root.ts";

// What Helm's own build stamps: without it charts are judged for Kubernetes 1.20.
const STAMPS = ["pkg/chartutil.k8sVersion", "pkg/lint/rules.k8sVersion"].map(
  (name) => `-X helm.sh/helm/v3/${name}Major=1 -X helm.sh/helm/v3/${name}Minor=36`,
);
const tool: ToolModule = {
  name: "helm",
  sources: ["go.mod", "go.sum"],
  target: "helm.sh/helm/v3/cmd/helm",
  ldflags: `-s -w ${STAMPS.join(" ")}`,
};
// A cold build compiles a thousand packages; on a busy machine that takes minutes.
const BUILD_TIMEOUT_MS = 900_000;

export const CHART = join(packageRoot(), "chart");

export interface HelmResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Helm; a non-zero exit is a result. */
export type Helm = (args: readonly string[]) => Promise<HelmResult>;

/**
 * The program of test/tools/helm, built once.
 * @returns the reason where there is no Go
 */
export async function helmProgram(): Promise<{ readonly path: string } | { readonly reason: string }> {
  const answer = await findGo();
  if (answer.kind === "no-go") return { reason: answer.reason };
  const root = packageRoot();
  const place = { root, cache: toolCache(root), go: answer.go, report: streamReport() };
  return { path: join(await ensureTool(tool, place), tool.name) };
}

/** Helm with a home of its own, so that no plugin, repository or kubeconfig of the user's is read. */
export function helmIn(home: string, program: string, kubeconfig: string = join(home, "none")): Helm {
  const env = { PATH: process.env["PATH"], HOME: home, KUBECONFIG: kubeconfig };
  return (args) =>
    new Promise((resolve) => {
      execFile(program, [...args], { env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code ?? 1);
        resolve({ code, stdout, stderr });
      });
    });
}

/** `describe` with Helm; without Go its tests are skipped, in CI they fail. */
export function describeHelm(title: string, body: (helm: Helm) => void): void {
  describe(title, () => {
    const home = mkdtempSync(join(tmpdir(), "foresail-helm-"));
    let helm: Helm | undefined;
    before(async function () {
      this.timeout(BUILD_TIMEOUT_MS);
      const found = await helmProgram();
      if ("path" in found) helm = helmIn(home, found.path);
      else if (process.env["CI"] === "true") throw new Error(found.reason);
      else this.skip();
    });
    after(() => rmSync(home, { recursive: true, force: true }));
    body((args) => helm?.(args) ?? Promise.reject(new Error("Helm is there from the first test on")));
  });
}

/** Objects of a stream of YAML by kind and name. */
export function byName(text: string): ReadonlyMap<string, JsonObject> {
  const objects = parseAllDocuments(text).map((document) => document.toJS() as JsonObject | null);
  const named = objects.flatMap((object) => {
    if (object === null) return [];
    const { name } = object["metadata"] as JsonObject;
    return [[`${object["kind"]}/${name}`, object] as const];
  });
  if (new Set(named.map(([id]) => id)).size < named.length) throw new Error("an object is there twice");
  return new Map(named);
}
