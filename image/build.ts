import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../src/package-root.ts";
import { stageApplication } from "./application.ts";
import { stageBase } from "./base.ts";
import { pack } from "./pack.ts";
import { APPLICATION_LAYERS, IMAGE_SETTINGS } from "./settings.ts";
import { imageToolPath, runTool } from "./tool.ts";

// Architectures by their names in images.
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

// Usage: node image/build.ts [FOLDER]   writes an OCI image layout without a container engine
const root = packageRoot();
const [output = join(root, "dist", "image")] = process.argv.slice(2);
const architecture = ARCHITECTURES[process.arch];
if (process.platform !== "linux" || architecture === undefined) {
  throw new Error(`an image holds Linux programs for x64 or arm64; this is ${process.platform}/${process.arch}`);
}
const tool = await imageToolPath(root);
const staging = mkdtempSync(join(tmpdir(), "foresail-image-"));
try {
  stageApplication(root, staging);
  const node = join(staging, "node/usr/local/bin/node");
  stageBase(runTool(tool, ["libraries", node]).trim().split("\n"), join(staging, "base"));
  const layers = ["base", ...APPLICATION_LAYERS].map((of) => ({ folder: join(staging, of), of }));
  pack(tool, staging, { output, what: `linux/${architecture}`, layers, architecture, config: IMAGE_SETTINGS });
} finally {
  rmSync(staging, { recursive: true, force: true });
}
