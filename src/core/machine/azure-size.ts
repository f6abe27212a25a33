import type { Size } from "./world.ts";

export const AZURE_DOMAIN = "karpenter.azure.com/";

/** What Azure's Karpenter provider says of a size, by key; null: it has none; a key that is absent: not known. */
export type AzureWords = { readonly [key: string]: string | null };

/** The keys that can be answered: from the catalogue's numbers, and from the parts of a size's name. */
export const AZURE_KEYS: readonly string[] = [
  "sku-cpu",
  "sku-family",
  "sku-gpu-count",
  "sku-gpu-manufacturer",
  "sku-gpu-name",
  "sku-memory",
  "sku-version",
].map((key) => AZURE_DOMAIN + key);

// Family, subfamily, vCPUs (constrained ones behind a dash), features, accelerator, version: Azure's rule for names of sizes.
const NAME = /^Standard_([A-Z])[A-Z]*\d+(?:-\d+)?[a-z]*(?:_([A-Z]+\d+[A-Z]*))?(?:_v(\d+))?$/;

/** @param size what the catalogue knows of it */
export function azureWords(name: string, size: Size | undefined): AzureWords {
  const parts = NAME.exec(name);
  const [, family = "", accelerator, version = "1"] = parts ?? [];
  const named =
    parts === null ? {} : { "sku-family": family, "sku-gpu-name": accelerator ?? null, "sku-version": version };
  const has = size !== undefined && size.gpuCount > 0;
  const counted =
    size === undefined
      ? {}
      : {
          "sku-cpu": String(size.vcpus),
          // In MiB.
          "sku-memory": String(size.memoryGiB * 1024),
          "sku-gpu-count": String(size.gpuCount),
          "sku-gpu-manufacturer": has ? size.gpuVendor : null,
        };
  return Object.fromEntries(Object.entries({ ...named, ...counted }).map(([key, word]) => [AZURE_DOMAIN + key, word]));
}
