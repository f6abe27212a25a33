import type { NotBought } from "../choose-offering.ts";
import { ZONE_LABEL } from "../claim.ts";
import type { Labels, Requirement, Terms } from "../requirements.ts";
import { isZoneKey } from "./topology-keys.ts";
import { unreached, type VolumeRule, zonesOf } from "./volume-rules.ts";

// Of many places a few tell what is meant.
const MOST_TOLD = 6;

/** Why no node that may be bought is where the pod's volumes can be used, and what would help. */
export function volumeConflict(
  rules: readonly VolumeRule[],
  offered: readonly { readonly labels: Labels }[],
): NotBought {
  const apart = rules.filter((rule) => offered.every(({ labels }) => unreached([rule], labels).length > 0));
  const told = apart.length === 0 ? rules : apart;
  const allowed = [...new Set(offered.flatMap(({ labels }) => labels.get(ZONE_LABEL) ?? []))].sort();
  const { why, next } = apart.length === 0 ? TOGETHER : way(told, allowed);
  return { reason: "VolumeNodeAffinityConflict", message: `${volumeWords(told)}; ${why}`, next };
}

interface Way {
  readonly why: string;
  readonly next: string;
}

const TOGETHER: Way = {
  why: "no node that may be bought is in reach of all of them",
  next: "use volumes that can be used in one place",
};
const ELSEWHERE: Way = {
  why: "no node that may be bought is known to be there",
  next: "use a volume that new nodes can reach",
};

function way(rules: readonly VolumeRule[], allowed: readonly string[]): Way {
  const zones = zonesOf(rules);
  const isZonal = rules.every(({ terms }) => terms.flat().every(({ key }) => isZoneKey(key)));
  if (!isZonal || allowed.length === 0 || zones.length === 0) return ELSEWHERE;
  return {
    why: `foresail.dev/zones allows ${few(allowed, ", ")}`,
    next: `add ${few(zones, " or ")} to foresail.dev/zones, or use a volume that can be used in ${few(allowed, " or ")}`,
  };
}

/** `volume pv-1 of PersistentVolumeClaim w can be used only where topology.kubernetes.io/zone is eastus-2`. */
export function volumeWords(rules: readonly VolumeRule[]): string {
  return rules.map(({ name, terms }) => `${name} can be used only where ${termsWords(terms)}`).join("; ");
}

function termsWords(terms: Terms): string {
  const told = [...new Set(terms.map((term) => term.map(requirementWords).join(" and ")))];
  return few(told, " or ");
}

function requirementWords({ key, operator, values }: Requirement): string {
  const what = key === "" ? "nothing" : key;
  if (operator === "In") return `${what} is ${values.map((value) => (value === "" ? "empty" : value)).join(" or ")}`;
  return `${what} ${operator}${values.length === 0 ? "" : ` ${values.join(", ")}`}`;
}

function few(words: readonly string[], between: string): string {
  return [...words.slice(0, MOST_TOLD), ...(words.length > MOST_TOLD ? ["…"] : [])].join(between);
}
