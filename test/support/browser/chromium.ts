/**
 * Where a Chromium is: CHROMIUM, else one on PATH, else Debian's headless one with the libraries that this machine lacks,
 * fetched by apt and unpacked below the cache. Nothing is installed, and no rights are needed.
 */
import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { toolCache } from "../../../src/local/tool-cache.ts";
import { packageRoot } from "../../../src/package-root.ts";

const run = promisify(execFile);
const NAMES = ["chromium-headless-shell", "chromium", "google-chrome"];
// Fonts: a machine without any shows no text.
const PACKAGES = ["chromium-headless-shell", "fonts-dejavu-core"];
// About 100 MB come from a mirror: seconds where it is near, and a slow line gets minutes.
const FETCH_TIMEOUT_MS = 240_000;

export interface Program {
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Rejects with the reason where there is none to be had. */
export async function chromium(): Promise<Program> {
  const stated = process.env["CHROMIUM"];
  if (stated !== undefined && stated !== "") return { file: stated, env: process.env };
  const found = (process.env["PATH"] ?? "")
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find(isProgram);
  return found === undefined ? await unpacked() : { file: found, env: process.env };
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function unpacked(): Promise<Program> {
  const home = join(dirname(toolCache(packageRoot(), process.env)), "chromium");
  if (!existsSync(home)) await unpack(home);
  const libraries = readdirSync(join(home, "usr/lib")).map((name) => join(home, "usr/lib", name));
  const paths = [...libraries, ...libraries.map((folder) => join(folder, "pulseaudio"))];
  const env = {
    ...process.env,
    LD_LIBRARY_PATH: paths.join(delimiter),
    FONTCONFIG_FILE: join(home, "fonts.conf"),
  };
  return { file: join(home, "usr/lib/chromium/chromium-headless-shell"), env };
}

/** Under another name until it is whole, so that what was interrupted is not taken for one. */
async function unpack(home: string): Promise<void> {
  const scratch = `${home}.${process.pid}`;
  try {
    for (const folder of ["lists/partial", "archives/partial", "root"]) {
      mkdirSync(join(scratch, folder), { recursive: true });
    }
    const own = [`Dir::State::lists=${scratch}/lists`, `Dir::Cache=${scratch}`, "Debug::NoLocking=1"];
    const options = own.flatMap((option) => ["-o", option]);
    await run("apt-get", ["update", "-qq", ...options], { timeout: FETCH_TIMEOUT_MS });
    const fetch = ["install", "--download-only", "--yes", "-qq", "--no-install-recommends"];
    await run("apt-get", [...fetch, ...options, ...PACKAGES], { timeout: FETCH_TIMEOUT_MS });
    const root = join(scratch, "root");
    for (const archive of readdirSync(join(scratch, "archives")).filter((name) => name.endsWith(".deb"))) {
      await run("dpkg-deb", ["--extract", join(scratch, "archives", archive), root]);
    }
    writeFileSync(join(root, "fonts.conf"), fontsConf([join(home, "usr/share/fonts"), "/usr/share/fonts"], home));
    renameSync(root, home);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function fontsConf(folders: readonly string[], home: string): string {
  const dirs = folders.map((folder) => `<dir>${folder}</dir>`).join("");
  // Its rules for families, from where the package fontconfig-config is: on this machine, or among what was fetched.
  const rules = ["/etc/fonts/fonts.conf", join(home, "etc/fonts/fonts.conf")].map(
    (file) => `<include ignore_missing="yes">${file}</include>`,
  );
  return `<?xml version="1.0"?>\n<fontconfig>${dirs}${rules.join("")}<cachedir>${home}/fontconfig</cachedir></fontconfig>\n`;
}
