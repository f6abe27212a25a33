import type { AlertGroup } from "./alert.ts";

const LOGS = "`kubectl -n foresail-system logs deployment/foresail-webhook --all-containers --tail=100`";
const DOCTOR =
  "`foresail doctor --kubeconfig FILE --context NAME`: `webhook/ca`, `webhook/replicas`, `webhook/answers`";

export const webhookAlerts: AlertGroup = {
  name: "foresail-webhook",
  title: "Webhook",
  alerts: [
    {
      name: "ForesailWebhookDown",
      expr: "absent(foresail_certificate_expiry_timestamp_seconds)",
      forMinutes: 5,
      severity: "critical",
      summary: "No Foresail webhook is scraped",
      means:
        "No replica tells of the certificate it serves: none runs, or none is scraped. While none answers, Workspaces cannot be created or changed; models that run go on, and deletions work.",
      look: ["`kubectl -n foresail-system get pods -l app.kubernetes.io/name=foresail-webhook`", DOCTOR, LOGS],
      mend: [
        "Pods are Pending: `kubectl -n foresail-system describe pods` says which resource or taint is in the way.",
        "Pods crash: the last line of the log says why; a catalogue that is refused has file and line.",
        "Pods are ready: Prometheus does not scrape them. See the PodMonitor foresail-webhook and the labels that your Prometheus selects.",
      ],
    },
    {
      name: "ForesailAdmissionFails",
      expr: 'sum by (phase) (increase(foresail_admission_decisions_total{verdict="failed"}[15m])) > 0',
      forMinutes: 0,
      severity: "critical",
      summary: "Admission failed {{ $value | humanize }} times at {{ $labels.phase }}: a fault of Foresail",
      means: "A review ended in an error of Foresail's own. The writer was told so with code 500; nothing was stored.",
      look: [LOGS, "`foresail watch --kubeconfig FILE --context NAME` shows each decision as it happens"],
      mend: [
        "Report it with the line of the log: it names the Workspace and the place in the code.",
        "State what the Workspace asks for in another way meanwhile; `foresail check FILE` fails the same way offline.",
      ],
    },
    {
      name: "ForesailAdmissionSlow",
      expr: "histogram_quantile(0.99, sum by (le, phase) (rate(foresail_admission_duration_seconds_bucket[5m]))) > 1",
      forMinutes: 10,
      severity: "warning",
      summary: "One review in a hundred takes longer than {{ $value | humanizeDuration }} at {{ $labels.phase }}",
      means: "A review takes milliseconds. The API server waits five seconds and then refuses the write.",
      look: ["CPU of the webhook's pods against their request, and throttling", LOGS],
      mend: [
        "Give the webhook more CPU, or more replicas: each answers thousands of reviews a second on one core.",
        "Something writes Workspaces in a loop: `foresail watch` names them.",
      ],
    },
    {
      name: "ForesailAdmissionOverloaded",
      expr: 'sum(rate(foresail_admission_requests_total{status="429"}[5m])) > 0',
      forMinutes: 5,
      severity: "warning",
      summary: "The webhook refuses {{ $value | humanize }} reviews a second as too many at once",
      means:
        "Reviews come faster than they are answered. Those that are refused fail the write; callers that repeat come through.",
      look: ["`foresail watch --kubeconfig FILE --context NAME`: who writes, and what", "CPU of the webhook's pods"],
      mend: [
        "Stop what writes in a loop, usually a controller that fights with another.",
        "Add replicas of the webhook.",
      ],
    },
    {
      name: "ForesailCertificateExpires",
      // Renewed a third before the end: 30 days for what is served, 304 for the CA.
      expr: "min by (certificate) (foresail_certificate_expiry_timestamp_seconds) - time() < 20 * 86400",
      forMinutes: 30,
      severity: "critical",
      summary: "The webhook's certificate ({{ $labels.certificate }}) ends in {{ $value | humanizeDuration }}",
      means: "The webhook renews it 30 days before its end, and has not. After the end no Workspace can be written.",
      look: [LOGS, DOCTOR, "`kubectl -n foresail-system get secret foresail-webhook-certs`"],
      mend: [
        "The log says Forbidden: `kubectl apply --server-side -f manifests/rbac/webhook.yaml`.",
        "With cert-manager: `kubectl -n foresail-system describe certificate foresail-webhook`.",
        "Else restart it, which makes what is missing: `kubectl -n foresail-system rollout restart deployment foresail-webhook`.",
      ],
    },
    {
      name: "ForesailCertificateChecksFail",
      expr: "sum(increase(foresail_certificate_check_failures_total[15m])) > 3",
      forMinutes: 15,
      severity: "warning",
      summary: "The webhook cannot check its certificate",
      means:
        "The Secret or the webhook configurations cannot be read or written. What is served stays in place; it is not renewed.",
      look: [LOGS, DOCTOR],
      mend: [
        "Forbidden: `kubectl apply --server-side -f manifests/rbac/webhook.yaml`.",
        "The API server cannot be reached from the pods: NetworkPolicies for outgoing traffic, DNS.",
      ],
    },
    {
      name: "ForesailCatalogueDataRefused",
      expr: "sum(increase(foresail_catalogue_data_refused_total[30m])) > 0",
      forMinutes: 0,
      severity: "warning",
      summary: "A ConfigMap of catalogue data was not taken",
      means:
        "The data of a ConfigMap with the label foresail.dev/catalog-data is wrong. The catalogue before it goes on deciding.",
      look: [LOGS, "`kubectl -n foresail-system get configmaps -l foresail.dev/catalog-data=true`"],
      mend: [
        "The log names ConfigMap, key, line and what is allowed: mend it there. docs/catalogue-files.md describes each file.",
      ],
    },
    {
      name: "ForesailCataloguesDiffer",
      expr: "count(count by (release) (foresail_catalogue_info)) > 1",
      forMinutes: 30,
      severity: "warning",
      summary: "{{ $value }} catalogues decide side by side",
      means:
        "Replicas decide with different releases: a roll-out hangs, or one replica has not taken a ConfigMap. Nothing restarts because of it; a new Workspace gets what the replica that is asked has.",
      look: [
        "`foresail_catalogue_info` by pod",
        "`kubectl -n foresail-system rollout status deployment foresail-webhook` and `foresail-reconciler`",
      ],
      mend: [
        "Finish or undo the roll-out.",
        "Restart the replica whose release differs; its log says why data was refused.",
      ],
    },
  ],
};
