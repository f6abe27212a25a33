import type { JsonObject } from "../json.ts";
import type { Expansion, ExpansionService } from "../kinds/expansion.ts";
import type { Workspace } from "../kinds/workspace.ts";
import { headlessServiceName } from "../names.ts";
import { childMetadata, podSelector } from "./metadata.ts";

/** `<name>` for those who call the model, `<name>-headless` for its own pods. A tuning Workspace has none. */
export function services(workspace: Workspace, expansion: Expansion): readonly JsonObject[] {
  const { service } = expansion;
  return service === undefined ? [] : [front(workspace, expansion, service), headless(workspace, expansion, service)];
}

function front(workspace: Workspace, expansion: Expansion, service: ExpansionService): JsonObject {
  // Of a model on several nodes only the first pod answers requests.
  const leader = expansion.nodeCount > 1 ? { "apps.kubernetes.io/pod-index": "0" } : {};
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: childMetadata(workspace, expansion.workload.name),
    spec: {
      type: service.type,
      selector: { ...podSelector(workspace), ...leader },
      ports: service.ports,
      ...outsideCallers(service),
    },
  };
}

/** On a load balancer the ranges of `allow-from` are kept twice: at its door and, by NetworkPolicy, at the pod's. */
function outsideCallers({ type, allowFrom = [] }: ExpansionService): JsonObject {
  const ranges = allowFrom.flatMap(({ cidr }) => (cidr === undefined ? [] : [cidr]));
  if (type !== "LoadBalancer" || ranges.length === 0) return {};
  // Local: otherwise callers arrive under the address of a node, which the NetworkPolicy does not know.
  return { externalTrafficPolicy: "Local", loadBalancerSourceRanges: ranges };
}

function headless(workspace: Workspace, expansion: Expansion, service: ExpansionService): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: childMetadata(workspace, headlessServiceName(expansion.workload.name)),
    spec: {
      type: "ClusterIP",
      clusterIP: "None",
      selector: podSelector(workspace),
      // The pods of one model must find each other before they are ready: readiness needs all of them.
      publishNotReadyAddresses: true,
      // Without a virtual address nothing translates ports.
      ports: service.ports.map((port) => ({ ...port, port: port.targetPort })),
    },
  };
}
