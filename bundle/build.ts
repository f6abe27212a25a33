import { chmodSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { packageRoot } from "../src/package-root.ts";
import { embedded } from "./embedded.ts";

const SMALLEST_NODE_MAJOR = 22;

// Packages in CommonJS ask for Node's own modules by require, which a module lacks.
const BANNER = `#!/usr/bin/env node
import { createRequire as createRequireOfBundle } from "node:module";
if (Number(process.versions.node.split(".")[0]) < ${SMALLEST_NODE_MAJOR}) {
  console.error("foresail needs Node ${SMALLEST_NODE_MAJOR} or newer; this is " + process.version);
  process.exit(3);
}
const require = createRequireOfBundle(import.meta.url);`;

// Usage: node bundle/build.ts [FILE]
const [file = join(packageRoot(), "dist", "foresail.mjs")] = process.argv.slice(2);
await build({
  absWorkingDir: packageRoot(),
  entryPoints: ["bundle/main.ts"],
  outfile: file,
  bundle: true,
  platform: "node",
  format: "esm",
  target: `node${SMALLEST_NODE_MAJOR}`,
  // Half the text to parse at every start. Names stay: messages and stacks are read by people.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "eof",
  banner: { js: BANNER },
  plugins: [embedded],
  logLevel: "warning",
});
chmodSync(file, 0o755);
