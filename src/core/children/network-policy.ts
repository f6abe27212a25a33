import type { JsonObject } from "../json.ts";
import type { Expansion } from "../kinds/expansion.ts";
import type { Workspace } from "../kinds/workspace.ts";
import { childMetadata, podSelector } from "./metadata.ts";

/** The Service's port for callers; the others serve the pods of one model among themselves. */
const CALLERS_PORT = 80;

/** The model port from anywhere; every other port from the Workspace's own pods (rendezvous ports run what they are sent). */
export function networkPolicy(workspace: Workspace, expansion: Expansion): JsonObject {
  const own = { podSelector: { matchLabels: podSelector(workspace) } };
  const open = (expansion.service?.ports ?? [])
    .filter((port) => port.port === CALLERS_PORT)
    .map((port) => ({ port: port.targetPort, protocol: port.protocol }));
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: childMetadata(workspace, expansion.workload.name),
    spec: {
      ...own,
      policyTypes: ["Ingress"],
      ingress: [...(open.length > 0 ? [{ ports: open }] : []), { from: [own] }],
    },
  };
}
