import { isFamilyQuota } from "../capacity/quota-family.ts";
import { type Catalogue, findInstanceType, findRelease, type InstanceType } from "../catalogue.ts";
import { nodesOf } from "../cost/nodes.ts";
import { type Issue, type Level, notice } from "../issue.ts";
import { isWorkspace } from "../kinds/is-workspace.ts";
import type { Quota } from "../machine/failure.ts";
import { REGION_CORES, SPOT_CORES } from "../machine/usages.ts";
import type { CloudQuotas, RepositoryCheck, Seen, Told } from "./repository.ts";

/** What a run asks for first. */
interface Demand {
  readonly seen: Seen;
  readonly region: string;
  readonly type: InstanceType;
  readonly capacityType: string;
  /** Of all nodes of all replicas. */
  readonly cores: number;
  /** Whether it may be had in another way: another size, another way of paying. */
  readonly hasOther: boolean;
}

/**
 * Quotas of the cloud that all that runs together would exceed, whoever uses them now: what is in use may be the very same.
 * A run counts for what it asks for first.
 */
export const cloudQuotas: RepositoryCheck = (all, { cloudQuotas: read, catalogue }) => {
  if (read === undefined) return [];
  const demands = all.flatMap((seen) => demandOf(seen, catalogue)).filter(({ region }) => read.has(region));
  const exceeded = [...read].flatMap(([region, quotas]) => {
    const here = demands.filter((demand) => demand.region === region);
    return [...quotas].flatMap(([key, quota]) => exceededBy(here.filter(takesOf(key)), region, quota));
  });
  return [...exceeded, ...uncompared(demands, read)];
};

function demandOf(seen: Seen, catalogue: Catalogue): readonly Demand[] {
  const { run } = seen;
  if (run === undefined) return [];
  const { expansion, replicas } = run;
  const { nodes, instanceType = "", fallbackInstanceTypes = [] } = expansion;
  const release = findRelease(catalogue, expansion.catalog) ?? catalogue.current;
  const type = findInstanceType(release, instanceType);
  const [capacityType = "on-demand", ...others] = nodes.capacityTypes;
  // What is reserved has its cores already.
  if (!nodes.provision || type === undefined || nodes.region === undefined || capacityType === "reserved") return [];
  const cores = nodesOf(expansion, replicas, release).count * type.vcpus;
  const hasOther = others.length + fallbackInstanceTypes.length > 0;
  return cores === 0 ? [] : [{ seen, region: nodes.region, type, capacityType, cores, hasOther }];
}

/** Whether a run takes of a quota, by its name in lower case. */
function takesOf(key: string): (demand: Demand) => boolean {
  if (key === SPOT_CORES) return ({ capacityType }) => capacityType === "spot";
  return ({ capacityType, type }) => capacityType !== "spot" && (key === REGION_CORES || isFamilyQuota(key, type));
}

function exceededBy(demands: readonly Demand[], region: string, quota: Quota): readonly Told[] {
  const asked = sum(demands);
  const [largest] = demands.toSorted((a, b) => b.cores - a.cores);
  if (largest === undefined || asked <= quota.limitCores) return [];
  const level: Level = sum(demands.filter(({ hasOther }) => !hasOther)) > quota.limitCores ? "error" : "warning";
  return [{ seen: largest.seen, issue: exceededIssue({ demands, region, quota, asked, level }, largest) }];
}

interface Exceeded {
  readonly demands: readonly Demand[];
  readonly region: string;
  readonly quota: Quota;
  readonly asked: number;
  readonly level: Level;
}

function exceededIssue({ demands, region, quota, asked, level }: Exceeded, { seen, cores }: Demand): Issue {
  const { name, limitCores, usedCores } = quota;
  const who = demands.length === 1 ? "this asks" : `${demands.length} ask together`;
  const most = demands.length === 1 ? "" : `, this for ${cores} of them`;
  const other = level === "error" ? "" : "; what else they may run on is tried then";
  const message = `${who} for ${asked} cores of quota ${name} in ${region}${most}, and its limit is ${limitCores} (${usedCores} in use): ${asked - limitCores} too few${other}`;
  return { path: pathOf(seen), code: "quota/cloud-exceeded", message, level };
}

/** Sizes for which the quotas that were read have no name: nothing is known of them, and that is said. */
function uncompared(demands: readonly Demand[], read: CloudQuotas): readonly Told[] {
  const unknown = demands.filter(
    ({ capacityType, region, type }) =>
      capacityType !== "spot" && ![...(read.get(region)?.keys() ?? [])].some((key) => isFamilyQuota(key, type)),
  );
  const bySize = Map.groupBy(unknown, ({ region, type }) => `${type.name} in ${region}`);
  return [...bySize].flatMap(([size, [first]]) => {
    if (first === undefined) return [];
    const text = `the quotas that were read have none for ${size}: not compared`;
    return [{ seen: first.seen, issue: notice(pathOf(first.seen), "quota/not-compared", text) }];
  });
}

function sum(demands: readonly Demand[]): number {
  return demands.reduce((total, { cores }) => total + cores, 0);
}

function pathOf({ object }: Seen): string {
  return isWorkspace(object) ? "resource" : "";
}
