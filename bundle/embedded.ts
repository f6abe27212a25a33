import { join } from "node:path";
import type { Plugin } from "esbuild";
import { PARSED_FILES } from "../src/load.ts";
import { packageRoot, packageVersion } from "../src/package-root.ts";
import { shippedPaths, shippedText } from "../src/shipped-files.ts";

const root = packageRoot();
// Schemas are for editors, cases for tests.
const UNREAD = /^presets\/schemas\/|\.cases\.yaml$/;
const STAND_INS: { readonly [source: string]: string } = {
  "src/package-root.ts": "bundle/package-root.ts",
  "src/shipped-files.ts": "bundle/shipped-files.ts",
  "src/kube/kubeconfig.ts": "bundle/npm-only.ts",
  "src/local/tools.ts": "bundle/npm-only.ts",
  "src/cloud/aks/aks.ts": "bundle/npm-only.ts",
  "src/cli/webhook.ts": "bundle/npm-only.ts",
  "src/cli/reconciler.ts": "bundle/npm-only.ts",
  "src/cli/chat.ts": "bundle/npm-only.ts",
};

/** Puts what commands read from the package into the program, and stand-ins where they would look for it on the disk. */
export const embedded: Plugin = {
  name: "foresail-embedded",
  setup: (build) => {
    build.onResolve({ filter: /^foresail:shipped$/ }, () => ({ path: "shipped", namespace: "foresail" }));
    build.onLoad({ filter: /.*/, namespace: "foresail" }, () => ({ contents: shippedModule(), loader: "js" }));
    build.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir }) => {
      const standIn = STAND_INS[join(resolveDir, path).slice(root.length + 1)];
      return standIn === undefined ? undefined : { path: join(root, standIn) };
    });
  },
};

function shippedModule(): string {
  const paths = [...["presets", "policies", "manifests"].flatMap((directory) => shippedPaths(directory)), PARSED_FILES];
  const texts = paths.filter((path) => !UNREAD.test(path)).map((path) => [path, shippedText(path)]);
  return `export const version = ${JSON.stringify(packageVersion())};
export const texts = ${JSON.stringify(Object.fromEntries(texts))};
`;
}
