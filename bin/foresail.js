#!/usr/bin/env node
// The launcher: runs src/ in a checkout and dist/ in an installed package, on the Node that package.json pins.
// It must itself run on any Node that npm still starts (20 and up), hence plain JavaScript.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module, { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// @kubernetes/client-node 2 pulls undici 8, which crashes at import below 22.19; stripping types needs 22.18.
const SMALLEST_NODE_MAJOR = 24;

const source = new URL("../src/cli/main.ts", import.meta.url);
const emitted = new URL("../dist/src/cli/main.js", import.meta.url);
const entry = existsSync(source) ? source : emitted;

if (Number(process.versions.node.split(".")[0]) >= SMALLEST_NODE_MAJOR) {
  keepCompiledCode();
  const { main } = await import(entry.href);
  process.exitCode = await main(process.argv.slice(2));
} else {
  runOnPinnedNode();
}

/**
 * What V8 and the type stripper made of our files is kept for the next start, which takes a third less. Never below the
 * common temporary folder, where others could lay something in wait; a folder that cannot be written is no fault.
 */
function keepCompiledCode() {
  const { XDG_CACHE_HOME, HOME } = process.env;
  const ofUser = XDG_CACHE_HOME || (HOME && join(HOME, ".cache"));
  const ofPackage = ofUser && join(ofUser, "foresail", "compiled");
  const directory = entry === source ? fileURLToPath(new URL("../.cache/compiled", import.meta.url)) : ofPackage;
  if (directory) module.enableCompileCache(directory);
}

/** Starts this same file on the Node binary of the platform package and mirrors its end. */
function runOnPinnedNode() {
  const platform = `node-${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  let node;
  for (const name of [platform, `node-bin-${process.platform}-${process.arch}`]) {
    try {
      node = require.resolve(`${name}/bin/node`);
      break;
    } catch {
      // The next name, then the message below.
    }
  }
  if (node === undefined) {
    console.error(
      `foresail needs Node ${SMALLEST_NODE_MAJOR} or newer; this is ${process.version} and the package ${platform} is not installed. ` +
        "Install Node 24, or run npm install without --omit=optional.",
    );
    process.exitCode = 3;
    return;
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  // The terminal sends Ctrl-C to the whole group; this process only waits for the child's own clean-up.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      if (signal !== "SIGINT") child.kill(signal);
    });
  }
  child.on("exit", (code, signal) => {
    if (signal === null) process.exitCode = code ?? 3;
    else {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}
