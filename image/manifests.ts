import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../src/package-root.ts";
import { pack } from "./pack.ts";
import { imageToolPath } from "./tool.ts";

// Flux shows what it knows of an artifact by this; Argo CD asks for nothing but a layer that is an image's.
const CONFIG_MEDIA_TYPE = "application/vnd.cncf.flux.config.v1+json";

// Usage: node image/manifests.ts [FOLDER]   writes manifests/ as an OCI artifact for Flux's OCIRepository and Argo CD
const root = packageRoot();
const [output = join(root, "dist", "manifests")] = process.argv.slice(2);
const staging = mkdtempSync(join(tmpdir(), "foresail-manifests-"));
try {
  const layers = [{ folder: join(root, "manifests"), of: "manifests" }];
  const what = "an artifact for Flux and Argo CD";
  pack(await imageToolPath(root), staging, { output, what, layers, configMediaType: CONFIG_MEDIA_TYPE });
} finally {
  rmSync(staging, { recursive: true, force: true });
}
