import type { JsonObject } from "../../json.ts";
import { numberAt, objectAt, objectsAt, textAt, textMapAt, textsAt } from "../fields.ts";
import { nodeTerm, podTerms, type Requirement, requirement, type Terms } from "../requirements.ts";
import { placedRequests, type Resources } from "../resources.ts";

/** Requirements on labels that must all hold; undefined selects nothing. */
export type Selector = readonly Requirement[] | undefined;

export interface SpreadRule {
  readonly key: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly hard: boolean;
  readonly selector: Selector;
  readonly matchLabelKeys: readonly string[];
  /** Whether only nodes that the pod's affinity, or its tolerations, let it onto are counted. */
  readonly honorAffinity: boolean;
  readonly honorTaints: boolean;
}

export interface PodRule {
  readonly key: string;
  readonly anti: boolean;
  /** 0: required. */
  readonly weight: number;
  readonly selector: Selector;
  /** Absent, with no selector: the pod's own namespace. */
  readonly namespaces: readonly string[];
  readonly namespaceSelector: Selector;
  readonly matchLabelKeys: readonly string[];
  readonly mismatchLabelKeys: readonly string[];
}

export interface HostPort {
  readonly port: number;
  readonly protocol: string;
  readonly ip: string;
}

/** Everything of a pod spec that decides where it may run. */
export interface SpecFacts {
  /** Equal where requests, ports, required node affinity, volumes and tolerations are. */
  readonly fitSignature: string;
  readonly requests: Resources;
  readonly terms: Terms;
  /** Where its volumes can be used; all of them must hold. */
  readonly volumes: readonly Terms[];
  /** Heaviest first. */
  readonly preferredTerms: readonly (readonly Requirement[])[];
  readonly tolerations: readonly JsonObject[];
  readonly ports: readonly HostPort[];
  readonly spreads: readonly SpreadRule[];
  readonly rules: readonly PodRule[];
}

/** The same text for the same scheduling: what does not decide where a pod may run is left out. */
export function specSignature(spec: JsonObject, volumes: readonly Terms[] = []): string {
  const parts: unknown[] = [
    spec["nodeSelector"],
    spec["affinity"],
    spec["tolerations"],
    spec["topologySpreadConstraints"],
    spec["overhead"],
    spec["resources"],
    spec["hostNetwork"],
  ];
  for (const container of objectsAt(spec, "containers")) parts.push(container["resources"], container["ports"]);
  for (const container of objectsAt(spec, "initContainers")) {
    parts.push("init", container["restartPolicy"], container["resources"], container["ports"]);
  }
  if (volumes.length > 0) parts.push("volumes", volumes);
  return JSON.stringify(parts);
}

export function specFacts(spec: JsonObject, volumes: readonly Terms[] = []): SpecFacts {
  const preferred = objectsAt(spec, "affinity", "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution");
  const requests = placedRequests(spec);
  const terms = podTerms(spec);
  const tolerations = objectsAt(spec, "tolerations");
  const ports = hostPorts(spec);
  return {
    fitSignature: JSON.stringify([[...requests].sort(), terms, volumes, tolerations, ports]),
    requests,
    terms,
    volumes,
    preferredTerms: byWeight(preferred).map((one) => nodeTerm(objectAt(one, "preference"))),
    tolerations,
    ports,
    spreads: objectsAt(spec, "topologySpreadConstraints").map(spreadRule),
    rules: podRules(spec),
  };
}

function byWeight(preferences: readonly JsonObject[]): readonly JsonObject[] {
  return preferences.toSorted((a, b) => (numberAt(b, "weight") ?? 0) - (numberAt(a, "weight") ?? 0));
}

function spreadRule(raw: JsonObject): SpreadRule {
  return {
    key: textAt(raw, "topologyKey") ?? "",
    maxSkew: numberAt(raw, "maxSkew") ?? 1,
    minDomains: numberAt(raw, "minDomains") ?? 1,
    hard: raw["whenUnsatisfiable"] !== "ScheduleAnyway",
    selector: selectorOf(raw["labelSelector"]),
    matchLabelKeys: textsAt(raw, "matchLabelKeys"),
    // Kubernetes' defaults: affinity honoured, taints not.
    honorAffinity: raw["nodeAffinityPolicy"] !== "Ignore",
    honorTaints: raw["nodeTaintsPolicy"] === "Honor",
  };
}

/** What the pod says about other pods, required and preferred. */
export function podRules(spec: JsonObject): readonly PodRule[] {
  return [...rulesOf(spec, "podAffinity", false), ...rulesOf(spec, "podAntiAffinity", true)];
}

function rulesOf(spec: JsonObject, kind: "podAffinity" | "podAntiAffinity", anti: boolean): readonly PodRule[] {
  const required = objectsAt(spec, "affinity", kind, "requiredDuringSchedulingIgnoredDuringExecution");
  const preferred = objectsAt(spec, "affinity", kind, "preferredDuringSchedulingIgnoredDuringExecution");
  return [
    ...required.map((term) => podRule(term, anti, 0)),
    ...byWeight(preferred).map((one) => podRule(objectAt(one, "podAffinityTerm"), anti, numberAt(one, "weight") ?? 1)),
  ];
}

function podRule(term: JsonObject, anti: boolean, weight: number): PodRule {
  return {
    key: textAt(term, "topologyKey") ?? "",
    anti,
    weight,
    selector: selectorOf(term["labelSelector"]),
    namespaces: textsAt(term, "namespaces"),
    namespaceSelector: selectorOf(term["namespaceSelector"]),
    matchLabelKeys: textsAt(term, "matchLabelKeys"),
    mismatchLabelKeys: textsAt(term, "mismatchLabelKeys"),
  };
}

function selectorOf(raw: unknown): Selector {
  if (raw === undefined || raw === null) return undefined;
  const labels = [...textMapAt(raw, "matchLabels")].map(([key, value]) => ({ key, operator: "In", values: [value] }));
  return [...labels, ...objectsAt(raw, "matchExpressions").map(requirement)];
}

/** Ports that the pod takes of its node. */
export function hostPorts(spec: JsonObject): readonly HostPort[] {
  // An init container that ends gives its port back before those of the others are used (GetHostPorts of kube-scheduler).
  const sidecars = objectsAt(spec, "initContainers").filter((one) => one["restartPolicy"] === "Always");
  return [...objectsAt(spec, "containers"), ...sidecars].flatMap((container) =>
    objectsAt(container, "ports").flatMap((raw) => {
      const port =
        numberAt(raw, "hostPort") ?? (spec["hostNetwork"] === true ? numberAt(raw, "containerPort") : 0) ?? 0;
      if (port === 0) return [];
      return [{ port, protocol: textAt(raw, "protocol") ?? "TCP", ip: textAt(raw, "hostIP") ?? "0.0.0.0" }];
    }),
  );
}

export function portsConflict(a: readonly HostPort[], b: readonly HostPort[]): boolean {
  const any = (ip: string): boolean => ip === "0.0.0.0" || ip === "::";
  return a.some((one) =>
    b.some(
      (two) =>
        one.port === two.port && one.protocol === two.protocol && (one.ip === two.ip || any(one.ip) || any(two.ip)),
    ),
  );
}
