import type { Probe } from "../core/doctor/facts.ts";
import { isForbidden, KubeError } from "../kube/error.ts";
import type { Kube } from "../kube/kube.ts";
import { apiVersionOf, type Resource, WORKSPACES } from "../kube/resources.ts";
import { type CallOptions, create } from "../kube/verbs.ts";

export interface Probing extends CallOptions {
  /** Workspaces of which group. */
  readonly resource?: Resource;
}

/**
 * Creates a Workspace as a dry run: admission is asked, and nothing is stored.
 * Throws KubeError where the right to create one is missing, or the API server fails otherwise.
 */
export async function probe(
  kube: Kube,
  namespace: string,
  { resource = WORKSPACES, ...options }: Probing = {},
): Promise<Probe> {
  const workspace = {
    apiVersion: apiVersionOf(resource),
    kind: "Workspace",
    metadata: { name: "foresail-probe", namespace },
    resource: { labelSelector: { matchLabels: { "foresail.dev/probe": "true" } } },
    inference: { template: { spec: { containers: [{ name: "probe", image: "probe" }] } } },
  };
  try {
    const stored = await create(kube, resource, workspace, { ...options, dryRun: true });
    return { kind: stored["expansion"] === undefined ? "unexpanded" : "expanded" };
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    const { message } = error;
    if (isForbidden(error) && /admission webhook "\w+\.foresail\.dev" denied/.test(message))
      return { kind: "denied", message };
    if (isForbidden(error) && OTHERS.test(message)) return { kind: "refused", message };
    if (/failed calling webhook "\w+\.foresail\.dev"/.test(message)) return { kind: "unreachable", message };
    throw error;
  }
}

// Admission comes after authorization: who is refused by it may create Workspaces.
const OTHERS = /admission webhook "|ValidatingAdmissionPolicy '/;
