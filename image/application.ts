import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { APPLICATION_LAYERS } from "./settings.ts";

type Layer = (typeof APPLICATION_LAYERS)[number];

interface Locked {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

// What the commands of a cluster read. The examples and the modules of the demo's control plane stay in the npm package.
const READ = ["bin", "manifests", "policies", "presets", "LICENSE", "package.json"];
// For people who write programs, or for another runtime than Node: nothing of it is read when ours run.
const UNREAD = /\.(?:[cm]?ts|map|md|markdown|bare)$|\.cases\.yaml$/;
const LICENCE = /licen[cs]e|notice|copying/i;
const NODE_PACKAGE = /^node-(?:bin-)?(?:linux|darwin)-/;

/** Lays out what `make image` and the Containerfile put above their base: a folder for each layer, each to go to `/`. */
export function stageApplication(root: string, folder: string): void {
  const at = (layer: Layer, ...path: readonly string[]) => join(folder, layer, ...path);
  const node = join(root, "node_modules", `node-linux-${process.arch}`);
  for (const [from, to] of [
    ["bin/node", "usr/local/bin/node"],
    ["LICENSE", "usr/share/doc/node/copyright"],
  ] as const) {
    mkdirSync(dirname(at("node", to)), { recursive: true });
    cpSync(join(node, from), at("node", to));
  }
  chmodSync(at("node", "usr/local/bin/node"), 0o755);
  for (const path of productionPackages(root)) copyPackage(join(root, path), at("dependencies", "app", path));
  mkdirSync(at("foresail", "app"), { recursive: true });
  for (const path of READ) {
    cpSync(join(root, path), at("foresail", "app", path), { recursive: true, filter: isRead });
  }
  const env = { ...process.env, PATH: `${join(root, "node_modules/.bin")}${delimiter}${process.env["PATH"]}` };
  const emit = ["-p", "tsconfig.dist.json", "--outDir", at("foresail", "app/dist")];
  execFileSync("tsc", emit, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
}

/** Folders of the packages that the product runs on, as package-lock.json says; Node itself is a layer of its own. */
function productionPackages(root: string): readonly string[] {
  const lock: { packages: Readonly<Record<string, Locked>> } = JSON.parse(
    readFileSync(join(root, "package-lock.json"), "utf8"),
  );
  return Object.entries(lock.packages)
    .filter(([path, { dev, devOptional }]) => path !== "" && dev !== true && devOptional !== true)
    .map(([path]) => path)
    .filter((path) => !NODE_PACKAGE.test(path.slice("node_modules/".length)) && existsSync(join(root, path)));
}

/** Packages inside a package have a line of their own in the lock file. */
function copyPackage(from: string, to: string): void {
  const inner = join(from, "node_modules");
  cpSync(from, to, { recursive: true, filter: (path) => path !== inner && isRead(path) });
}

function isRead(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return LICENCE.test(name) || !UNREAD.test(name);
}
