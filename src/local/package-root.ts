import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder that holds package.json and test/tools, both in a checkout (this file lies in src/local) and in an installed
 * package (dist/src/local). Throws when the installation is incomplete.
 */
export function packageRoot(from: string = fileURLToPath(import.meta.url)): string {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json")) && existsSync(join(folder, "test", "tools"))) return folder;
    if (folder === dirname(folder)) {
      throw new Error(`no folder above ${from} holds package.json and test/tools; reinstall the package`);
    }
  }
}

/** True in a checkout, false in an installed package, which carries emitted JavaScript only. */
export function isCheckout(root: string): boolean {
  return existsSync(join(root, "src", "local", "package-root.ts"));
}
