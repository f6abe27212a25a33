import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { packageRoot, packageVersion } from "../src/package-root.ts";
import { stageApplication } from "./application.ts";
import { stageBase } from "./base.ts";
import { originOf } from "./origin.ts";
import { APPLICATION_LAYERS, IMAGE_SETTINGS } from "./settings.ts";
import { imageToolPath, runTool } from "./tool.ts";

// Architectures by their names in images.
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };
const MIB = 1024 * 1024;

interface Written {
  readonly digest: string;
  readonly layers: readonly { readonly of: string; readonly digest: string; readonly bytes: number }[];
}

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
  rmSync(output, { recursive: true, force: true });
  const plan = {
    output: resolve(output),
    architecture,
    created: originOf(root).created,
    config: { ...IMAGE_SETTINGS, Labels: annotations() },
    annotations: annotations(),
    layers: ["base", ...APPLICATION_LAYERS].map((of) => ({ folder: join(staging, of), of })),
  };
  writeFileSync(join(staging, "plan.json"), JSON.stringify(plan));
  print(JSON.parse(runTool(tool, ["write", join(staging, "plan.json")])) as Written);
} finally {
  rmSync(staging, { recursive: true, force: true });
}

/** Of the manifest, and as labels of the configuration, which is where most people look. */
function annotations(): Readonly<Record<string, string>> {
  const { name, description, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const { revision, created } = originOf(root);
  const prefix = "org.opencontainers.image.";
  return {
    [`${prefix}title`]: name,
    [`${prefix}description`]: description,
    [`${prefix}licenses`]: license,
    [`${prefix}version`]: packageVersion(),
    [`${prefix}created`]: created,
    ...(revision === undefined ? {} : { [`${prefix}revision`]: revision }),
  };
}

function print({ digest, layers }: Written): void {
  const row = (bytes: number, words: string) => console.error(`${(bytes / MIB).toFixed(1).padStart(7)} MiB  ${words}`);
  for (const { of, digest, bytes } of layers) row(bytes, `${of.padEnd(12)} ${digest}`);
  row(
    layers.reduce((sum, { bytes }) => sum + bytes, 0),
    `linux/${architecture} in ${output}, compressed as it is pulled`,
  );
  process.stdout.write(`${digest}\n`);
}
