import type { JsonObject } from "../json.ts";
import type { Expansion, ExpansionCaller } from "../kinds/expansion.ts";
import type { Workspace } from "../kinds/workspace.ts";
import { childMetadata, podSelector } from "./metadata.ts";

/** The Service's port for callers; the others serve the pods of one model among themselves. */
const CALLERS_PORT = 80;

/**
 * The model port from anywhere, or from those `allow-from` names; every port from the Workspace's own pods, and the others
 * from nobody else: a rendezvous port runs what it is sent.
 */
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
      ingress: [...(open.length > 0 ? [{ ...callers(expansion), ports: open }] : []), { from: [own] }],
    },
  };
}

function callers({ service }: Expansion): JsonObject {
  return service?.allowFrom === undefined ? {} : { from: service.allowFrom.map(peer) };
}

function peer({ cidr, namespace, podLabels }: ExpansionCaller): JsonObject {
  if (cidr !== undefined) return { ipBlock: { cidr } };
  return {
    // The label that the API server itself puts on every namespace.
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    ...(podLabels === undefined ? {} : { podSelector: { matchLabels: podLabels } }),
  };
}
