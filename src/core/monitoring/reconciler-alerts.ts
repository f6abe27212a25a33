import type { AlertGroup } from "./alert.ts";

const LOGS = "`kubectl -n foresail-system logs deployment/foresail-reconciler --all-containers --tail=100`";
const WORKSPACES = "`kubectl get workspaces -A -o wide`";
const EXPLAIN =
  "`foresail explain --live --kubeconfig FILE --context NAME -n NAMESPACE -w WORKSPACE`: why, and what to do next";

// Every replica keeps the same caches, so the largest is the figure and the sum is not.
export const reconcilerAlerts: AlertGroup = {
  name: "foresail-reconciler",
  title: "Reconciler",
  alerts: [
    {
      name: "ForesailNoLeader",
      expr: "(sum(foresail_leader) or vector(0)) < 1",
      forMinutes: 5,
      severity: "critical",
      summary: "No Foresail reconciler acts",
      means:
        "Nothing is made, changed or deleted, and status stands still. Models that run go on; a lost node is not replaced.",
      look: [
        "`kubectl -n foresail-system get pods -l app.kubernetes.io/name=foresail-reconciler`",
        "`kubectl -n foresail-system get lease foresail-reconciler -o yaml`",
        LOGS,
        "`foresail doctor --kubeconfig FILE --context NAME`: `reconciler/leader`, `reconciler/rights`",
      ],
      mend: [
        "No pod runs: as in [ForesailWebhookDown](ForesailWebhookDown.md).",
        "The log says Forbidden for the Lease: `kubectl apply --server-side -f manifests/rbac/reconciler.yaml`.",
        "Pods are ready and the Lease is renewed: Prometheus does not scrape them; see the PodMonitor foresail-reconciler.",
      ],
    },
    {
      name: "ForesailSeveralLeaders",
      expr: "sum(foresail_leader) > 1",
      forMinutes: 5,
      severity: "critical",
      summary: "{{ $value }} Foresail reconcilers act at once",
      means: "Names of what is made are the same for both, so nothing is doubled; but they answer each other for ever.",
      look: [
        "`foresail_leader` by pod and namespace",
        "`kubectl get deployments -A -l app.kubernetes.io/name=foresail-reconciler`",
      ],
      mend: ["Two installations: remove one.", "One runs with `--no-leader-elect`: take that away."],
    },
    {
      name: "ForesailReconcilesFail",
      expr: 'sum by (pod) (foresail_queue_depth{state="failing"}) > 0',
      forMinutes: 30,
      severity: "warning",
      summary: "{{ $value }} Workspaces cannot be looked at",
      means: "The same Workspaces have ended in an error for half an hour, each time anew. Others are not held up.",
      look: [LOGS, "`foresail doctor --kubeconfig FILE --context NAME`: `reconciler/rights`"],
      mend: [
        "Forbidden: `kubectl apply --server-side -f manifests/rbac/reconciler.yaml`.",
        "Another webhook or policy refuses what is made: the log has its words.",
      ],
    },
    {
      name: "ForesailQueueGrows",
      expr: 'sum by (pod) (foresail_queue_depth{state="due"}) > 100',
      forMinutes: 15,
      severity: "warning",
      summary: "{{ $value }} Workspaces wait to be looked at",
      means: "Changes come faster than they are carried out: starts and status are late.",
      look: [
        "`foresail_reconcile_duration_seconds`: how long a look takes",
        "`apiserver_flowcontrol_rejected_requests_total`: whether the API server slows it down",
        LOGS,
      ],
      mend: [
        "Give the reconciler more CPU.",
        "Something changes Workspaces or their pods in a loop: the log at `--log-level=debug` names them.",
      ],
    },
    {
      name: "ForesailWorkspacesStalled",
      expr: 'max(foresail_workspaces{state="stalled"}) > 0',
      forMinutes: 15,
      severity: "warning",
      summary: "{{ $value }} Workspaces need somebody to mend them",
      means:
        "Their condition Stalled is True: they do not mend by themselves. A model that ran before a change goes on running.",
      look: [WORKSPACES, EXPLAIN],
      mend: ["The reason and its next step are in the condition; [reasons.md](../reasons.md) lists all."],
    },
    {
      name: "ForesailNodesLate",
      expr: 'max by (state) (foresail_node_claims{state=~"launching|registering|initializing"}) > 0',
      forMinutes: 45,
      severity: "warning",
      summary: "{{ $value }} nodes have been {{ $labels.state }} all the time",
      means: "Some node has been on its way for 45 minutes, or many after each other. What is launched is paid for.",
      look: [
        "`kubectl get nodeclaims -o wide`",
        EXPLAIN,
        "`foresail doctor --kubeconfig FILE --context NAME`: `nodes/claim-server`, `gpu/taint`, `gpu/node`",
      ],
      mend: [
        "launching: the cloud has not given a machine; the claim's condition Launched says why.",
        "registering: the machine runs and its kubelet does not join; look at its boot log in the cloud.",
        "initializing: the node offers no GPU; usually the device plugin does not tolerate its taint.",
      ],
    },
    {
      name: "ForesailQuotaWanting",
      expr: 'max(foresail_offerings_refused{state="quota"}) > 0',
      forMinutes: 60,
      severity: "warning",
      summary: "{{ $value }} offerings are refused for want of quota",
      means:
        "Nodes were asked for and the account's quota does not allow them. Where a fallback is stated it is tried.",
      look: [WORKSPACES, EXPLAIN, "`foresail doctor … --provider aks …`: `cloud/quota`"],
      mend: [
        "Ask for quota of the family that the reason names.",
        "State `foresail.dev/fallback-instance-types`, another zone, or another capacity type.",
      ],
    },
    {
      name: "ForesailOrphanMachines",
      expr: "max(foresail_machine_orphans) > 0",
      forMinutes: 30,
      severity: "warning",
      summary: "{{ $value }} machines have no NodeClaim and cost money",
      means:
        "With the provider aks: agent pools with this cluster's stamp whose claim is gone, and that were not removed by the next sweeps.",
      look: [LOGS, "`az aks nodepool list --cluster-name NAME --resource-group GROUP -o table`"],
      mend: [
        "The log says why a pool cannot be deleted: a lock, a right that is missing, or an operation that hangs (docs/aks.md).",
      ],
    },
    {
      name: "ForesailCloudCallsFail",
      expr: 'sum(rate(foresail_cloud_calls_total{outcome!="ok"}[15m])) / sum(rate(foresail_cloud_calls_total[15m])) > 0.5',
      forMinutes: 15,
      severity: "warning",
      summary: "{{ $value | humanizePercentage }} of the calls to the cloud fail",
      means: "With the provider aks: no nodes are made or removed while it lasts.",
      look: ["`foresail_cloud_calls_total` by verb and outcome", LOGS],
      mend: [
        "AuthorizationFailed: the role of [manifests/aks/role.json](../../manifests/aks/role.json) and the identity's federation (docs/aks.md).",
        "Throttled: others of the subscription call ARM, too; it passes by itself.",
        "Unavailable: see the status of Azure in the region.",
      ],
    },
  ],
};
