import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { packageRoot } from "../../../src/package-root.ts";
import { writeTree } from "./support/kustomizations.ts";

/** A helm that tells whoever called it of Ctrl-C before it answers. */
const HELM = "#!/bin/sh\nls tmp > seen\nkill -INT $PPID\necho 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}'\n";
const RELEASE = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: phi, namespace: apps}
spec:
  chart:
    spec:
      chart: ./charts/phi
      valuesFiles: [prod.yaml]
      sourceRef: {kind: GitRepository, name: models, namespace: flux-system}
`;

describe("a chart with other values than its own", () => {
  it("leaves no copy behind where reading it is interrupted", () => {
    const directory = writeTree({
      "bin/helm": HELM,
      "charts/phi/Chart.yaml": "apiVersion: v2\nname: phi\nversion: 1.0.0\n",
      "charts/phi/templates/a.yaml": "apiVersion: kaito.sh/v1beta1\nkind: Workspace\nmetadata: {name: a}\n",
      "prod.yaml": "a: 1\n",
      "release.yaml": RELEASE,
    });
    try {
      chmodSync(join(directory, "bin/helm"), 0o755);
      for (const folder of [".git", "tmp"]) mkdirSync(join(directory, folder));
      const program = join(packageRoot(), "bin", "foresail.js");
      const { status } = spawnSync(process.execPath, [program, "check", "."], {
        cwd: directory,
        env: {
          PATH: [join(directory, "bin"), "/usr/bin", "/bin"].join(delimiter),
          TMPDIR: join(directory, "tmp"),
        },
        stdio: "ignore",
      });
      expect(readFileSync(join(directory, "seen"), "utf8")).to.match(/^foresail-chart-/m);
      expect(status).to.equal(130);
      expect(readdirSync(join(directory, "tmp"))).to.deep.equal([]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
