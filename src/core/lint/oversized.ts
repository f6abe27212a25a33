import { objectAt, textAt } from "../capacity/fields.ts";
import { shownUsd } from "../cost/amount.ts";
import { sameForLess } from "../cost/cost.ts";
import { counted, shownNumber } from "../explain/quantity.ts";
import { type Issue, mendedBy, notice } from "../issue.ts";
import type { Expansion } from "../kinds/expansion.ts";
import { isWorkspace } from "../kinds/is-workspace.ts";
import type { Run } from "../runs/run.ts";
import type { RepositoryCheck } from "./repository.ts";

// Below it a size is a matter of taste: what is in stock, which quota there is.
const LEAST_SAVING = 0.2;
const PATH = "resource.instanceType";

/**
 * A stated size beside which a cheaper one does the same: as long a context, on no more nodes. Who asks for a performance mode
 * pays for speed on purpose.
 */
export const oversized: RepositoryCheck = (all, { catalogue }) =>
  all.flatMap((seen) => {
    const { object, run } = seen;
    const stated = textAt(objectAt(object, "resource"), "instanceType") ?? "";
    if (!isWorkspace(object) || run === undefined || stated === "" || wantsSpeed(run)) return [];
    const found = sameForLess(run, catalogue);
    if (found === undefined) return [];
    const { saves, amount } = found.cheaper;
    if (saves.hourlyUsd < LEAST_SAVING * (amount.hourlyUsd + saves.hourlyUsd)) return [];
    return [{ seen, issue: oversizedIssue(run, found) }];
  });

function wantsSpeed({ workspace }: Run): boolean {
  const mode = workspace.metadata.annotations?.["kaito.sh/performance-mode"];
  return mode !== undefined && mode !== "balanced";
}

/** Of the longest context, by all copies of the model that one replica has. */
function requestsAtOnce({ memory, parallelism }: Expansion): number | undefined {
  return memory?.maxConcurrency === undefined ? undefined : memory.maxConcurrency * (parallelism?.data ?? 1);
}

function oversizedIssue({ expansion }: Run, { cheaper, other }: NonNullable<ReturnType<typeof sameForLess>>): Issue {
  const { instanceType, amount, saves, maxModelLen } = cheaper;
  const [then, now] = [requestsAtOnce(other), requestsAtOnce(expansion)];
  const holds =
    maxModelLen === undefined || then === undefined || now === undefined
      ? "does the same"
      : `holds the same context, ${counted(then, "request")} of it at once instead of ${shownNumber(now)},`;
  const text = `${PATH} ${expansion.instanceType} is more than is needed: ${instanceType} ${holds} for ${shownUsd(amount.monthlyUsd, amount.bound)}/month, ${shownUsd(saves.monthlyUsd, saves.bound)} less`;
  return mendedBy(notice(PATH, "instance-type/oversized", text), instanceType);
}
