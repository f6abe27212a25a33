import type { JsonObject } from "../json.ts";
import type { Alert, AlertGroup } from "./alert.ts";
import { modelAlerts } from "./model-alerts.ts";
import { reconcilerAlerts } from "./reconciler-alerts.ts";
import { webhookAlerts } from "./webhook-alerts.ts";

/** Where alerts send whoever is woken by them. */
export const RUNBOOKS = "https://github.com/foresail/foresail/blob/main/docs/runbooks";

export const alertGroups: readonly AlertGroup[] = [webhookAlerts, reconcilerAlerts, modelAlerts];

/** The alerts as the Prometheus operator reads them. */
export function prometheusRule(metadata: JsonObject): JsonObject {
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata,
    spec: { groups: alertGroups.map(({ name, alerts }) => ({ name, rules: alerts.map(rule) })) },
  };
}

function rule({ name, expr, forMinutes, severity, summary }: Alert): JsonObject {
  return {
    alert: name,
    expr,
    ...(forMinutes === 0 ? {} : { for: `${forMinutes}m` }),
    labels: { severity },
    annotations: { summary, runbook_url: `${RUNBOOKS}/${name}.md` },
  };
}
