import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The directory that holds package.json, presets/, manifests/ and test/tools, both in a checkout (this file lies in src) and
 * in an installed package (dist/src). Throws when the installation is incomplete.
 */
export function packageRoot(from: string = fileURLToPath(import.meta.url)): string {
  for (let directory = dirname(from); ; directory = dirname(directory)) {
    if (isOurManifest(join(directory, "package.json"))) return directory;
    if (directory === dirname(directory))
      throw new Error(`no directory above ${from} is the foresail package; reinstall it`);
  }
}

function isOurManifest(manifest: string): boolean {
  if (!existsSync(manifest)) return false;
  const { name }: { name?: unknown } = JSON.parse(readFileSync(manifest, "utf8"));
  return name === "foresail";
}

/** True in a checkout, false in an installed package, which carries emitted JavaScript only. */
export function isCheckout(root: string): boolean {
  return existsSync(join(root, "src", "package-root.ts"));
}

/** Version of the package, as `foresail --version` prints it. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8"));
  return String((manifest as { version?: unknown }).version);
}
