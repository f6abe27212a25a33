import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe } from "mocha";
import { parseAllDocuments } from "yaml";
import type { JsonObject } from "../../src/core/json.ts";
import { packageRoot } from "../../src/package-root.ts";
import { helmFolder } from "../support/real-helm.ts";

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

/** The program of test/tools/helm, built once; the reason where there is no Go. */
export async function helmProgram(): Promise<{ readonly path: string } | { readonly reason: string }> {
  const answer = await helmFolder();
  return "folder" in answer ? { path: join(answer.folder, "helm") } : answer;
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
