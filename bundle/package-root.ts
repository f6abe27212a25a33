import { version } from "foresail:shipped";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

// Stands in for src/package-root.ts in the single file.

/** Where the single file lies. Nothing of the package is there; what commands read is in shipped-files.ts. */
export function packageRoot(): string {
  return dirname(fileURLToPath(import.meta.url));
}

export function isCheckout(): boolean {
  return false;
}

export function packageVersion(): string {
  return version;
}
