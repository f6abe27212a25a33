import type { JsonObject } from "../json.ts";
import { CAPACITY_TYPE_LABEL, claimOf, SPOT_MAX_PRICE } from "./claim.ts";
import { textAt } from "./fields.ts";
import { claimPrice, type Offering } from "./offerings.ts";
import type { CapacityQuestion } from "./question.ts";

// As many digits as Azure takes.
const DECIMALS = 5;

/**
 * The most a spot node may come to cost, so that all nodes of the Workspace stay below its ceiling whatever the market
 * does: its price, and an even share of what is left when every node, those still to come among them, has its own. Nodes that
 * are there count at the most they may cost. Never less than its price, at which it was found to be allowed.
 * @param planned all that is bought now, this offering among them
 * @returns annotations of its claim: none where no ceiling is stated, for no spot node, and for other providers than aks
 */
export function spotMaxPrice(
  question: CapacityQuestion,
  planned: readonly Offering[],
  { capacityType, hourlyPriceUsd = 0 }: Offering,
): { readonly [annotation: string]: string } {
  const { owner, claims, desiredPods, settings } = question;
  const ceiling = owner.expansion.nodes.maxHourlyPriceUsd;
  if (ceiling === undefined || capacityType !== "spot" || settings.provider !== "aks") return {};
  const there = claims.reduce((total, claim) => total + mostUsd(question, claim), 0);
  const bought = planned.reduce((total, { hourlyPriceUsd: price = 0 }) => total + price, 0);
  const toCome = Math.max(0, desiredPods - claims.length - planned.length);
  const spots = planned.filter((one) => one.capacityType === "spot").length + toCome;
  const left = ceiling - there - bought - toCome * hourlyPriceUsd;
  return { [SPOT_MAX_PRICE]: rounded(hourlyPriceUsd + Math.max(0, left) / Math.max(1, spots)) };
}

/** Down, so that no digit passes the ceiling. */
function rounded(usd: number): string {
  // A sum of prices is a digit in the seventeenth place off.
  return String(Math.floor((usd + 1e-9) * 10 ** DECIMALS) / 10 ** DECIMALS);
}

function mostUsd({ release }: CapacityQuestion, raw: JsonObject): number {
  const claim = claimOf(raw);
  const most = Number(textAt(raw, "metadata", "annotations", SPOT_MAX_PRICE));
  if (claim.labels.get(CAPACITY_TYPE_LABEL) === "spot" && most > 0) return most;
  return claimPrice(release, claim)?.hourlyUsd ?? 0;
}
