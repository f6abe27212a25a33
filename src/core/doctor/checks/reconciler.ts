import { numberAt, textAt, timeAt } from "../../capacity/fields.ts";
import type { Facts, Right } from "../facts.ts";
import { type Finding, ok, problem } from "../finding.ts";
import { isInstalled, RECONCILER } from "../parts.ts";
import { known } from "../reading.ts";

const SECOND_MS = 1000;
// Clocks of nodes and of this machine differ.
const SKEW_MS = 30_000;
const SHOWN_RIGHTS = 8;

/** Whether one reconciler leads. */
export function leader(facts: Facts): readonly Finding[] {
  const id = "reconciler/leader";
  if (facts.lease?.kind !== "read") return [];
  const lease = known(facts.lease);
  const name = `Lease ${facts.namespace}/${RECONCILER}`;
  const next = `kubectl -n ${facts.namespace} logs deployment/${RECONCILER}`;
  if (lease === undefined) {
    return isInstalled(facts) === true ? [problem(id, `there is no ${name}: no reconciler has ever led`, next)] : [];
  }
  const holder = textAt(lease, "spec", "holderIdentity") ?? "";
  const renewedMs = timeAt(lease, "spec", "renewTime");
  if (holder === "" || renewedMs === undefined) return [problem(id, `nobody holds ${name}`, next)];
  const agoSeconds = Math.max(0, Math.floor((facts.nowMs - renewedMs) / SECOND_MS));
  const lastsMs = (numberAt(lease, "spec", "leaseDurationSeconds") ?? 0) * SECOND_MS;
  if (facts.nowMs - renewedMs <= lastsMs + SKEW_MS) return [ok(id, `${holder} leads`)];
  return [
    problem(id, `${holder} holds ${name}, renewed ${agoSeconds} s ago: it is gone, and nobody has followed`, next),
  ];
}

/** Whether the reconciler may do what it does. */
export function rights({ rights: reading }: Facts): readonly Finding[] {
  const all = known(reading);
  if (all === undefined || all.length === 0) return [];
  const missing = all.filter(({ allowed }) => !allowed).map(words);
  if (missing.length === 0) return [ok("reconciler/rights", `the reconciler has all ${all.length} rights it needs`)];
  const more = missing.length - SHOWN_RIGHTS;
  const shown = missing.slice(0, SHOWN_RIGHTS).join(", ") + (more > 0 ? ` and ${more} more` : "");
  const next = "kubectl apply --server-side -f manifests/rbac/reconciler.yaml";
  return [problem("reconciler/rights", `the reconciler may not ${shown}`, next)];
}

/** `patch workspaces/status.kaito.sh`, `create leases.coordination.k8s.io in foresail-system`. */
function words({ verb, group, resource, name, namespace }: Right): string {
  const what = group === "" ? resource : `${resource}.${group}`;
  return [
    `${verb} ${what}`,
    ...(name === undefined ? [] : [name]),
    ...(namespace === undefined ? [] : [`in ${namespace}`]),
  ].join(" ");
}
