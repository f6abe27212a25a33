import type { MachineOwner } from "../../core/machine/machine.ts";

/**
 * Whose a pool is stands in its tags: workloads do not see them, Kubernetes cannot change them, and they stay when a pool
 * fails. Azure compares names of tags without their case, so they are read like that.
 */
const TAGS = {
  cluster: "foresail-cluster",
  claim: "foresail-claim",
  claimUid: "foresail-claim-uid",
  created: "foresail-created-at",
} as const;

type Tags = { readonly [name: string]: string };

/** Azure's limits for tags of a resource, and for their names and values. */
const MAX_TAGS = 50;
const MAX_NAME = 512;
const MAX_VALUE = 256;

/** The user's tags under ours. */
export function stampedTags(owner: MachineOwner, users: Tags = {}): Record<string, string> {
  const ours = {
    [TAGS.cluster]: owner.cluster,
    [TAGS.claim]: owner.claim,
    [TAGS.claimUid]: owner.claimUid,
    [TAGS.created]: new Date(owner.createdMs).toISOString(),
  };
  const others = Object.entries(users).filter(([name]) => !Object.hasOwn(ours, name.toLowerCase()));
  return { ...Object.fromEntries(others), ...ours };
}

/** The owner that is stamped, if it is one of this cluster and the stamp is whole. */
export function stampOf(tags: Tags | undefined, cluster: string): MachineOwner | undefined {
  const found = new Map(Object.entries(tags ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  const claim = found.get(TAGS.claim);
  const claimUid = found.get(TAGS.claimUid);
  const createdMs = Date.parse(found.get(TAGS.created) ?? "");
  if (found.get(TAGS.cluster) !== cluster || !claim || !claimUid || Number.isNaN(createdMs)) return undefined;
  return { cluster, claim, claimUid, createdMs };
}

/** What is wrong with the user's tags. */
export function tagProblems(users: Tags = {}): readonly string[] {
  const names = Object.keys(users);
  const room = MAX_TAGS - Object.keys(TAGS).length;
  const problems = names.length > room ? [`${names.length} tags: at most ${room} beside our own`] : [];
  for (const [name, value] of Object.entries(users)) {
    if (name === "" || name.length > MAX_NAME) problems.push(`tag ${name.slice(0, 40)}: 1 to ${MAX_NAME} characters`);
    if (/[<>%&\\?/]/.test(name)) problems.push(`tag ${name}: none of < > % & \\ ? / in a name`);
    if (/^(microsoft|azure|windows)/i.test(name)) problems.push(`tag ${name}: Azure keeps this prefix for itself`);
    if (value.length > MAX_VALUE) problems.push(`tag ${name}: its value has more than ${MAX_VALUE} characters`);
  }
  const folded = new Set(names.map((name) => name.toLowerCase()));
  if (folded.size < names.length) problems.push("tags: two names differ in their case only, and are one to Azure");
  return problems;
}
