import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { customResourceDefinition, type Kind } from "../core/kinds/kind.ts";
import { nodeClaimKind } from "../core/kinds/node-claim.ts";
import { workspaceKind } from "../core/kinds/workspace.ts";
import { packageRoot } from "../load.ts";

/** Where the definition of each Kind goes. NodeClaim lies apart: a cluster with Karpenter has its own. */
const definitions: readonly { readonly kind: Kind; readonly path: string }[] = [
  { kind: workspaceKind, path: "manifests/crds/workspaces.kaito.sh.yaml" },
  { kind: nodeClaimKind, path: "manifests/crds/nodeclaims/nodeclaims.karpenter.sh.yaml" },
];

/** Every generated file of the repository: path relative to its root → text. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map(definitions.map(({ kind, path }) => [path, manifest(kind)]));
}

function manifest(kind: Kind): string {
  // Both versions share one schema; kubectl reads anchors, but people comparing versions should not have to.
  const yaml = stringify(customResourceDefinition(kind), { aliasDuplicateObjects: false, lineWidth: 0 });
  return `# Generated from src/core/kinds by \`make generate\`. Do not edit.\n${yaml}`;
}

/** Writes the generated files, or with `--check` only compares. Returns 1 when a file differs from what is committed. */
export function generate(args: readonly string[]): number {
  const root = packageRoot();
  const stale = [...generatedFiles()].filter(([path, text]) => text !== readIfPresent(join(root, path)));
  if (args.includes("--check")) {
    for (const [path] of stale) console.error(`${path} is not what src/core/kinds gives: run make generate`);
    return stale.length > 0 ? 1 : 0;
  }
  for (const [path, text] of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    console.error(`wrote ${path}`);
  }
  return 0;
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

// A developer's script rather than a command of the product: `npm run generate`.
if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = generate(process.argv.slice(2));
