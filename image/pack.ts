import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { packageRoot, packageVersion } from "../src/package-root.ts";
import { originOf } from "./origin.ts";
import { runTool } from "./tool.ts";

const MIB = 1024 * 1024;

export interface Packing {
  /** Folder to write; what is there goes. */
  readonly output: string;
  /** What is printed of it. */
  readonly what: string;
  /** Folders, the lowest first; what is in each goes to the root. */
  readonly layers: readonly { readonly folder: string; readonly of: string }[];
  /** Absent of what is not for one kind of machine. */
  readonly architecture?: string;
  readonly configMediaType?: string;
  /** Of the OCI image configuration. */
  readonly config?: object;
}

interface Written {
  readonly digest: string;
  readonly layers: readonly { readonly of: string; readonly digest: string; readonly bytes: number }[];
}

/** Writes an OCI image layout, prints its sizes to stderr and its digest to stdout. */
export function pack(tool: string, staging: string, packing: Packing): void {
  const { output, what, config, ...rest } = packing;
  rmSync(output, { recursive: true, force: true });
  const annotations = annotationsOf(packageRoot());
  const { created } = originOf(packageRoot());
  const plan = { ...rest, output: resolve(output), created, annotations, config: { ...config, Labels: annotations } };
  writeFileSync(join(staging, "plan.json"), JSON.stringify(plan));
  const { digest, layers }: Written = JSON.parse(runTool(tool, ["write", join(staging, "plan.json")]));
  for (const layer of layers) print(layer.bytes, `${layer.of.padEnd(12)} ${layer.digest}`);
  const bytes = layers.reduce((sum, layer) => sum + layer.bytes, 0);
  print(bytes, `${what} in ${output}, compressed as it is pulled`);
  process.stdout.write(`${digest}\n`);
}

function print(bytes: number, words: string): void {
  console.error(`${(bytes / MIB).toFixed(1).padStart(7)} MiB  ${words}`);
}

/** Of the manifest, and as labels of the configuration, which is where most people look. */
function annotationsOf(root: string): Readonly<Record<string, string>> {
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
