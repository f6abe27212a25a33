import type { Cloud } from "../../cloud/cloud.ts";
import type { Quota } from "../../core/machine/failure.ts";
import type { Clock } from "../../kube/clock.ts";
import { timeLimit } from "../../kube/time-limit.ts";
import type { Log } from "../../log.ts";

// As long as a refusal for want of quota closes a family.
const READ_MS = 10 * 60_000;
// Two lists of some pages each.
const TIMEOUT_MS = 60_000;

/** Quotas as they were read last, for plans: better not to ask than to be refused. Nothing waits for them. */
export interface Quotas {
  /** Undefined while none that can be relied on are known: then the cloud itself is asked. */
  readonly known: ReadonlyMap<string, Quota> | undefined;
  /** A machine is gone, so there is more room than was read: what was read says no more that something is too small. */
  outdated(): void;
  /** Reads until `leading` is aborted. */
  readUntil(leading: AbortSignal): Promise<void>;
}

/** @param changed told after each reading and when what was read is not relied on any more */
export function createQuotas(cloud: Pick<Cloud, "quotas">, clock: Clock, log: Log, changed: () => void): Quotas {
  let known: ReadonlyMap<string, Quota> | undefined;
  // Of a reading under way it is not known whether it saw the machine that went meanwhile.
  let readings = 0;
  const set = (next: ReadonlyMap<string, Quota> | undefined): void => {
    const news = (known?.size ?? 0) + (next?.size ?? 0) > 0;
    known = next;
    if (news) changed();
  };
  const read = async (leading: AbortSignal): Promise<void> => {
    const reading = ++readings;
    const limit = timeLimit(TIMEOUT_MS, leading);
    try {
      const found = await cloud.quotas(limit.signal);
      if (reading === readings && !leading.aborted) set(found);
    } catch (error) {
      if (leading.aborted) return;
      log.warn({ err: error }, "quotas cannot be read: the cloud is asked without");
      set(undefined);
    } finally {
      limit.release();
    }
  };
  return {
    get known() {
      return known;
    },
    outdated() {
      readings++;
      set(undefined);
    },
    async readUntil(leading) {
      while (!leading.aborted) {
        await read(leading);
        await clock.sleep(READ_MS * (1 + Math.random() / 10), leading).catch(() => undefined);
      }
      known = undefined;
    },
  };
}
