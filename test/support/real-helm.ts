import { delimiter } from "node:path";
import { after, before, describe } from "mocha";
import { ensureTool, type ToolModule } from "../../src/local/build.ts";
import { findGo } from "../../src/local/go.ts";
import { streamReport } from "../../src/local/report.ts";
import { toolCache } from "../../src/local/tool-cache.ts";
import { packageRoot } from "../../src/package-root.ts";

const HELM_VERSION = "v3.22.0";
// As Helm's own build stamps it, from its client-go: without it charts are judged for Kubernetes 1.20.
const KUBERNETES_MINOR = 37;
const KUBERNETES_STAMPS = ["pkg/chartutil.k8sVersion", "pkg/lint/rules.k8sVersion"].map(
  (name) => `-X helm.sh/helm/v3/${name}Major=1 -X helm.sh/helm/v3/${name}Minor=${KUBERNETES_MINOR}`,
);
const helm: ToolModule = {
  name: "helm",
  sources: ["go.mod", "go.sum"],
  target: "helm.sh/helm/v3/cmd/helm",
  ldflags: `-s -w -X helm.sh/helm/v3/internal/version.version=${HELM_VERSION} ${KUBERNETES_STAMPS.join(" ")}`,
};
// A cold build compiles a thousand packages; on a busy machine that takes minutes.
const BUILD_TIMEOUT_MS = 900_000;

/** The folder of the real helm, built once (test/tools/helm). Says why where there is no Go. */
export async function helmFolder(): Promise<{ readonly folder: string } | { readonly reason: string }> {
  const answer = await findGo();
  if (answer.kind === "no-go") return { reason: answer.reason };
  const root = packageRoot();
  return { folder: await ensureTool(helm, { root, cache: toolCache(root), go: answer.go, report: streamReport() }) };
}

/** `describe` with the real helm first on PATH of this process; without Go its tests are skipped, in CI they fail. */
export function describeHelm(title: string, body: () => void): void {
  describe(title, () => {
    const path = process.env["PATH"];
    before(async function () {
      this.timeout(BUILD_TIMEOUT_MS);
      const answer = await helmFolder();
      if ("folder" in answer) process.env["PATH"] = [answer.folder, path].join(delimiter);
      else if (process.env["CI"] === "true") throw new Error(answer.reason);
      else this.skip();
    });
    after(() => {
      process.env["PATH"] = path;
    });
    body();
  });
}
