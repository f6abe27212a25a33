import { conditionAt, textAt, timeAt } from "../capacity/fields.ts";
import type { JsonObject } from "../json.ts";
import type { Situation } from "./situation.ts";
import { passing, type Trouble } from "./trouble.ts";

// The StatefulSet and Job controllers try again after at most 1000 s, and renew their event each time.
const REFUSAL_HOLDS_MS = 20 * 60_000;

/** Pods the workload may not create: a quota, a policy, a webhook said no. The message is theirs, verbatim. */
export function refusedPods(situation: Situation): Trouble | undefined {
  const { workload, pods, desiredPods, refusals, nowMs } = situation;
  for (const type of ["ReplicaFailure", "FailedCreate"]) {
    const condition = conditionAt(workload, type);
    if (condition?.["status"] === "True") return refusedBy(textAt(condition, "message") ?? "no message");
  }
  // An event outlives what it tells of.
  if (workload === undefined || pods.length >= desiredPods) return undefined;
  const uid = textAt(workload, "metadata", "uid");
  const newest = refusals
    .filter((event) => textAt(event, "regarding", "uid") === uid && nowMs - toldMs(event) < REFUSAL_HOLDS_MS)
    .reduce<JsonObject | undefined>((best, one) => (best && toldMs(best) >= toldMs(one) ? best : one), undefined);
  return newest === undefined ? undefined : refusedBy(textAt(newest, "note") ?? "");
}

interface Refuser {
  /** In the API server's words; the first group is its name. */
  readonly pattern: RegExp;
  readonly who: (name: string) => string;
  readonly next: string;
  /** It does not change its mind by itself. */
  readonly stalled: boolean;
}

const REFUSERS: readonly Refuser[] = [
  {
    pattern: /exceeded quota: ([^\s,]+)/,
    who: (name) => `ResourceQuota ${name}`,
    next: "raise the quota or free what others of the namespace use; the pod is tried again by itself",
    stalled: false,
  },
  {
    pattern: /failed quota: ([^\s:]+)/,
    who: (name) => `ResourceQuota ${name}`,
    next: "the quota demands a limit that the pod does not state: state it in a template, or give the namespace a LimitRange with defaults",
    stalled: true,
  },
  {
    pattern: /violates PodSecurity "([^"]+)"/,
    who: (level) => `Pod Security (${level} of this namespace)`,
    next: "use a namespace whose label pod-security.kubernetes.io/enforce allows what the words name",
    stalled: true,
  },
  {
    pattern: /ValidatingAdmissionPolicy '([^']+)'/,
    who: (name) => `ValidatingAdmissionPolicy ${name}`,
    next: "change the Workspace so that the policy lets its pods pass, or ask those who keep the policy",
    stalled: true,
  },
  {
    pattern: /admission webhook "([^"]+)" denied/,
    who: (name) => `admission webhook ${name}`,
    next: "change the Workspace so that the webhook lets its pods pass, or ask those who run it",
    stalled: true,
  },
  {
    pattern: /failed calling webhook "([^"]+)"/,
    who: (name) => `admission webhook ${name}, which does not answer`,
    next: "have those who run the webhook mend it; the pod is tried again by itself",
    stalled: false,
  },
];

/** Who refused the pod, by the API server's words. */
function refusedBy(words: string): Trouble {
  for (const { pattern, who, next, stalled } of REFUSERS) {
    const name = pattern.exec(words)?.[1];
    if (name !== undefined) return passing("PodRefused", `${who(name)} refuses the pod: ${words}`, { next, stalled });
  }
  return passing("PodRefused", `the API server refuses the pod: ${words}`);
}

/** When an event was told last; older controllers write the deprecated fields. */
export function toldMs(event: JsonObject): number {
  const times = [
    timeAt(event, "series", "lastObservedTime"),
    timeAt(event, "deprecatedLastTimestamp"),
    timeAt(event, "eventTime"),
    timeAt(event, "metadata", "creationTimestamp"),
  ];
  return Math.max(0, ...times.filter((time) => time !== undefined));
}
