import { setTimeout as pause } from "node:timers/promises";
import { textAt } from "../../core/capacity/fields.ts";
import type { Kube } from "../../kube/kube.ts";
import { leaseHolder } from "../../kube/lease-record.ts";
import { listIfServed } from "../../kube/list.ts";
import { LEASES } from "../../kube/resources.ts";
import { get } from "../../kube/verbs.ts";

const NAME = "foresail-reconciler";
// A holder renews every 2 seconds; one that did not for this long is gone. No clock of another machine is asked.
const OBSERVED_MS = 12_000;
const LOOK_MS = 500;

/** Whether somebody holds the Lease of the reconciler and renews it while we look, in whatever namespace it is. */
export async function reconcilerWorks(kube: Kube): Promise<boolean> {
  const leases = (await listIfServed(kube, LEASES)).filter(
    (lease) => lease.metadata.name === NAME && leaseHolder(lease) !== undefined,
  );
  const answers = await Promise.all(leases.map(({ metadata: { namespace = "" } }) => isRenewed(kube, namespace)));
  return answers.some(Boolean);
}

async function isRenewed(kube: Kube, namespace: string): Promise<boolean> {
  const renewTime = async () =>
    textAt(await get(kube, { resource: LEASES, namespace, name: NAME }), "spec", "renewTime");
  const first = await renewTime();
  for (let waitedMs = 0; waitedMs < OBSERVED_MS; waitedMs += LOOK_MS) {
    await pause(LOOK_MS);
    if ((await renewTime()) !== first) return true;
  }
  return false;
}
