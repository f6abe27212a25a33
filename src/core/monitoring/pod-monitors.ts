import type { JsonObject } from "../json.ts";

/** Who scrapes the webhook, the reconciler, and every model. */
export function podMonitors(metadata: (name: string) => JsonObject): readonly JsonObject[] {
  return [own("foresail-webhook", metadata), own("foresail-reconciler", metadata), models(metadata("foresail-models"))];
}

function own(name: string, metadata: (name: string) => JsonObject): JsonObject {
  return podMonitor(metadata(name), {
    selector: { matchLabels: { "app.kubernetes.io/name": name } },
    podMetricsEndpoints: [{ port: "metrics", path: "/metrics", interval: "30s" }],
  });
}

/** vLLM answers /metrics at its own port, with a key or without; where `foresail.dev/allow-from` bounds it, state Prometheus there. */
function models(metadata: JsonObject): JsonObject {
  return podMonitor(metadata, {
    namespaceSelector: { any: true },
    selector: { matchExpressions: [{ key: "kaito.sh/workspace", operator: "Exists" }] },
    podMetricsEndpoints: [
      {
        port: "http",
        path: "/metrics",
        interval: "30s",
        // Alerts and the dashboard speak of Workspaces.
        relabelings: [
          {
            action: "replace",
            sourceLabels: ["__meta_kubernetes_pod_label_kaito_sh_workspace"],
            targetLabel: "workspace",
          },
        ],
        // Python's and the HTTP server's own would be ten times as many.
        metricRelabelings: [{ action: "keep", sourceLabels: ["__name__"], regex: "vllm:.+" }],
      },
    ],
  });
}

function podMonitor(metadata: JsonObject, spec: JsonObject): JsonObject {
  return { apiVersion: "monitoring.coreos.com/v1", kind: "PodMonitor", metadata, spec };
}
