import { holds, type Labels, type Requirement } from "../requirements.ts";
import type { Mask } from "./mask.ts";
import type { Identity } from "./pod-class.ts";
import type { PodRule, Selector, SpreadRule } from "./pod-spec.ts";
import { remembered } from "./row-table.ts";

/**
 * Pods that one selector sees, counted by domain of one key. Rules of any number of pods that see the same pods share one
 * group. Domains of the hostname are nodes, those of other keys values of the label.
 */
export interface Group {
  readonly key: string;
  /** Nodes whose pods are counted; absent: all. */
  readonly filter: Mask | undefined;
  readonly sees: (pod: Identity) => boolean;
  /** Pods seen, by domain. */
  readonly counts: number[];
  /** Pods that must not be with a pod that is seen, by domain: the rule seen from the other side. */
  readonly owners: number[];
  total: number;
  /** Whether some pod must not be with the pods seen. */
  repels: boolean;
}

export interface Groups {
  ofSpread(rule: SpreadRule, owner: Identity, filter: Mask | undefined): Group;
  ofRule(rule: PodRule, owner: Identity): Group;
  /** Groups that count the pod. To be asked when all groups are made. */
  seeing(pod: Identity): readonly Group[];
  /** Those of them whose owners must not be with it. */
  repelling(pod: Identity): readonly Group[];
}

/** The groups of one problem; all of them are known before the first pod is counted. */
export function groups(namespaces: ReadonlyMap<string, Labels>): Groups {
  const known = new Map<string, Group>();
  const seen = new Map<number, readonly Group[]>();
  const repelled = new Map<number, readonly Group[]>();
  const filters = new Map<string, number>();
  const group = (key: string, scope: Scope, selector: Selector, filter: Mask | undefined): Group => {
    const filterText = filter === undefined ? "" : String(remembered(filters, filter.join(), () => filters.size));
    const name = JSON.stringify([key, scope.name, selector, filterText]);
    return remembered(known, name, () => ({
      key,
      filter,
      sees: (pod) =>
        selector !== undefined && scope.has(pod.namespace) && selector.every((one) => holds(one, pod.labels)),
      counts: [],
      owners: [],
      total: 0,
      repels: false,
    }));
  };
  const seeing = (pod: Identity): readonly Group[] =>
    remembered(seen, pod.id, () => [...known.values()].filter((one) => one.sees(pod)));
  return {
    ofSpread: (rule, owner, filter) =>
      group(rule.key, ownNamespace(owner), keyed(rule.selector, "In", rule.matchLabelKeys, owner), filter),
    ofRule: (rule, owner) => {
      const selector = keyed(rule.selector, "In", rule.matchLabelKeys, owner);
      const exact = keyed(selector, "NotIn", rule.mismatchLabelKeys, owner);
      const made = group(rule.key, scopeOf(rule, owner, namespaces), exact, undefined);
      // Only a requirement is seen from the other side: kube-scheduler and Karpenter do not keep others from a preference.
      if (rule.anti && rule.weight === 0) made.repels = true;
      return made;
    },
    seeing,
    repelling: (pod) => remembered(repelled, pod.id, () => seeing(pod).filter((one) => one.repels)),
  };
}

interface Scope {
  readonly name: string;
  readonly has: (namespace: string) => boolean;
}

function ownNamespace({ namespace }: Identity): Scope {
  return { name: namespace, has: (other) => other === namespace };
}

function scopeOf(rule: PodRule, owner: Identity, namespaces: ReadonlyMap<string, Labels>): Scope {
  const { namespaces: named, namespaceSelector: selector } = rule;
  if (named.length === 0 && selector === undefined) return ownNamespace(owner);
  const matches = (namespace: string): boolean =>
    selector?.every((one) => holds(one, namespaces.get(namespace) ?? new Map())) ?? false;
  return {
    name: JSON.stringify([[...named].sort(), selector ?? null]),
    has: (namespace) => named.includes(namespace) || matches(namespace),
  };
}

/** The selector narrowed to pods that have the owner's value of these labels, or another one. */
function keyed(selector: Selector, operator: string, keys: readonly string[], owner: Identity): Selector {
  if (selector === undefined || keys.length === 0) return selector;
  const more = keys.flatMap((key): readonly Requirement[] => {
    const value = owner.labels.get(key);
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  });
  return [...selector, ...more];
}
