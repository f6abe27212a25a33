import { isObject } from "../../core/json.ts";
import { type Quota, SPOT_QUOTA } from "../../core/machine/failure.ts";
import { quotasOfUsages, REGION_CORES, SPOT_CORES } from "../../core/machine/usages.ts";
import type { ArmClient } from "./client.ts";
import { ArmRefusal } from "./cloud-error.ts";
import type { AksOptions, CloudClock } from "./options.ts";

type Quotas = ReadonlyMap<string, Quota>;

const QUOTAS_MS = 600_000;
/** After a read that failed: quotas are worth no storm of requests. */
const RETRY_MS = 60_000;
/** Which family a size belongs to changes with Azure's hardware. */
const FAMILIES_MS = 86_400_000;

/**
 * Reads the quotas of cores and which sizes each bounds. Both are asked of Azure, so that a new size needs no release of ours;
 * both need rights on the subscription, and without them nothing is known.
 */
export class QuotaReader {
  readonly #options: Pick<AksOptions, "subscriptionId" | "region">;
  readonly #clock: CloudClock;
  #quotas: Kept<Quotas> | undefined;
  #failed: Kept<unknown> | undefined;
  #families: Kept<ReadonlyMap<string, string>> | undefined;

  constructor(options: Pick<AksOptions, "subscriptionId" | "region">, clock: CloudClock) {
    this.#options = options;
    this.#clock = clock;
  }

  /**
   * By size, the one of its quotas with the least room: that of its family, or of the region; and that of spot (`SPOT_QUOTA`).
   * Throws as the client does, and the same again for a minute.
   */
  async read(client: ArmClient, signal: AbortSignal): Promise<Quotas> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#quotas !== undefined && nowMs - this.#quotas.atMs < QUOTAS_MS) return this.#quotas.value;
    if (this.#failed !== undefined && nowMs - this.#failed.atMs < RETRY_MS) throw this.#failed.value;
    try {
      this.#quotas = { value: await this.#readNow(client, nowMs, signal), atMs: nowMs };
    } catch (error) {
      if (!(error instanceof ArmRefusal) || ![401, 403, 404].includes(error.answer.status)) {
        if (!signal.aborted) this.#failed = { value: error, atMs: nowMs };
        throw error;
      }
      this.#quotas = { value: new Map(), atMs: nowMs };
    }
    return this.#quotas.value;
  }

  async #readNow(client: ArmClient, nowMs: number, signal: AbortSignal): Promise<Quotas> {
    const compute = `/subscriptions/${this.#options.subscriptionId}/providers/Microsoft.Compute`;
    const { region } = this.#options;
    const usages = await pages(client, `${compute}/locations/${region}/usages?api-version=2024-07-01`, signal);
    if (this.#families === undefined || nowMs - this.#families.atMs >= FAMILIES_MS) {
      const filter = encodeURIComponent(`location eq '${region}'`);
      const skus = await pages(client, `${compute}/skus?api-version=2021-07-01&$filter=${filter}`, signal);
      this.#families = { value: familiesOf(skus), atMs: nowMs };
    }
    return bySize(this.#families.value, quotasOfUsages(usages));
  }
}

interface Kept<T> {
  readonly value: T;
  readonly atMs: number;
}

async function pages(client: ArmClient, first: string, signal: AbortSignal): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  for (let path: string | undefined = first; path !== undefined; ) {
    const page = await client.get(path, signal);
    if (!isObject(page) || !Array.isArray(page["value"])) throw new Error("Microsoft.Compute answered without a list");
    items.push(...page["value"]);
    const next: unknown = page["nextLink"];
    path = typeof next === "string" && next !== "" ? client.pathOf(next) : undefined;
  }
  return items;
}

/** Family of each size, in lower case. */
function familiesOf(skus: readonly unknown[]): ReadonlyMap<string, string> {
  const families = new Map<string, string>();
  for (const sku of skus) {
    if (!isObject(sku) || sku["resourceType"] !== "virtualMachines") continue;
    const { name, family } = sku;
    if (typeof name === "string" && typeof family === "string") families.set(name, family.toLowerCase());
  }
  return families;
}

function bySize(families: ReadonlyMap<string, string>, quotas: ReadonlyMap<string, Quota>): Quotas {
  const region = quotas.get(REGION_CORES);
  const spot = quotas.get(SPOT_CORES);
  const found = new Map<string, Quota>(spot === undefined ? [] : [[SPOT_QUOTA, spot]]);
  for (const [size, family] of families) {
    const quota = quotas.get(family);
    const tighter = quota && region && room(region) < room(quota) ? region : quota;
    if (tighter !== undefined) found.set(size, tighter);
  }
  return found;
}

function room({ limitCores, usedCores }: Quota): number {
  return limitCores - usedCores;
}
