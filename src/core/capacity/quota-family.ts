import type { InstanceType } from "../catalogue.ts";
import { familyOf } from "./refusals.ts";

/**
 * Whether a quota of cores, by its name among Azure's usages, bounds a size: `standardNCADSA100v4Family` and
 * `Standard NCASv3_T4 Family` do so for Standard_NC24ads_A100_v4 and Standard_NC4as_T4_v3. Azure's names have the words of the
 * size's own in another order, with or without what changes nothing (isolated, RDMA), and with spaces or not.
 */
export function isFamilyQuota(quota: string, type: InstanceType): boolean {
  if (type.cloud !== "azure" || !/family$/i.test(quota)) return false;
  const key = keyOf(quota.replace(/family$/i, ""));
  // Some sizes have lost the accelerator in their name that their quota has: an alias still has it.
  return [type.name, ...type.aliases].some((name) => keyOf(familyOf({ ...type, name })) === key);
}

/** Letters and numbers without the version, which stands in the middle or at the end, and the version. */
function keyOf(name: string): string {
  const text = name
    .toLowerCase()
    .replace(/^standard/, "")
    .replace(/[^a-z0-9]/g, "");
  const version = /v\d+/.exec(text)?.[0] ?? "";
  return `${text.replace(version, "").replace(/[ir]/g, "")} ${version}`;
}
