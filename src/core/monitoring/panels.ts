/** One query of a panel, and what its series are called. */
export interface Target {
  readonly expr: string;
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  /** Grafana's name of a unit; absent: a number. */
  readonly unit?: "s" | "currencyUSD" | "reqps" | "percentunit" | "bytes";
  readonly targets: readonly Target[];
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const one = (title: string, expr: string, legend: string, unit?: Panel["unit"]): Panel => ({
  title,
  ...(unit === undefined ? {} : { unit }),
  targets: [{ expr, legend }],
});
const quantile = (q: number, metric: string, by: string, window = "5m"): string =>
  `histogram_quantile(${q}, sum by (le, ${by}) (rate(${metric}_bucket[${window}])))`;

/** What an operator looks at, from the users' side to ours. Figures of caches are the same in every replica: the largest counts. */
export const rows: readonly Row[] = [
  {
    title: "Workspaces and nodes",
    panels: [
      one("Workspaces by state", "max by (state) (foresail_workspaces)", "{{state}}"),
      one("NodeClaims by state", "max by (state) (foresail_node_claims)", "{{state}}"),
      one("Price of nodes per hour", "max by (state) (foresail_node_hourly_price_usd)", "{{state}}", "currencyUSD"),
      one("Offerings refused", "max by (state) (foresail_offerings_refused)", "for want of {{state}}"),
      one(
        "Start of a model, median",
        quantile(0.5, "foresail_start_duration_seconds", "preset", "6h"),
        "{{preset}}",
        "s",
      ),
      one(
        "Steps of a start, median",
        quantile(0.5, "foresail_start_phase_duration_seconds", "phase", "6h"),
        "{{phase}}",
        "s",
      ),
      one("Behind the catalogue", "max(foresail_workspaces_behind_catalogue)", "Workspaces"),
      one("Catalogues in use", "count by (release) (foresail_catalogue_info)", "{{release}}"),
    ],
  },
  {
    title: "Models",
    panels: [
      one(
        "Requests that run",
        "sum by (namespace, workspace) (vllm:num_requests_running)",
        "{{namespace}}/{{workspace}}",
      ),
      one(
        "Requests that wait",
        "sum by (namespace, workspace) (vllm:num_requests_waiting)",
        "{{namespace}}/{{workspace}}",
      ),
      one(
        "First token, 95th percentile",
        quantile(0.95, "vllm:time_to_first_token_seconds", "namespace, workspace"),
        "{{namespace}}/{{workspace}}",
        "s",
      ),
      one(
        "Between tokens, 95th percentile",
        quantile(0.95, "vllm:inter_token_latency_seconds", "namespace, workspace"),
        "{{namespace}}/{{workspace}}",
        "s",
      ),
      one(
        "Tokens per second",
        "sum by (namespace, workspace) (rate(vllm:generation_tokens_total[5m]))",
        "{{namespace}}/{{workspace}}",
      ),
      one(
        "KV cache in use",
        "max by (namespace, workspace) (vllm:kv_cache_usage_perc)",
        "{{namespace}}/{{workspace}}",
        "percentunit",
      ),
      one(
        "Preemptions per second",
        "sum by (namespace, workspace) (rate(vllm:num_preemptions_total[5m]))",
        "{{namespace}}/{{workspace}}",
      ),
      one(
        "Prefix cache hits",
        "sum by (namespace, workspace) (rate(vllm:prefix_cache_hits_total[5m])) / sum by (namespace, workspace) (rate(vllm:prefix_cache_queries_total[5m]))",
        "{{namespace}}/{{workspace}}",
        "percentunit",
      ),
    ],
  },
  {
    title: "Admission",
    panels: [
      one(
        "Decisions per second",
        "sum by (phase, verdict) (rate(foresail_admission_decisions_total[5m]))",
        "{{phase}} {{verdict}}",
        "reqps",
      ),
      one(
        "Duration, 99th percentile",
        quantile(0.99, "foresail_admission_duration_seconds", "phase"),
        "{{phase}}",
        "s",
      ),
      one(
        "Why denied, per hour",
        "sum by (code) (increase(foresail_admission_denied_issues_total[1h])) > 0",
        "{{code}}",
      ),
      one(
        "Certificates end in",
        "min by (certificate) (foresail_certificate_expiry_timestamp_seconds) - time()",
        "{{certificate}}",
        "s",
      ),
    ],
  },
  {
    title: "Reconciler",
    panels: [
      one("Queue of the leader", "max by (state) (foresail_queue_depth)", "{{state}}"),
      one("Looks per second", "sum by (result) (rate(foresail_reconciles_total[5m]))", "{{result}}", "reqps"),
      one(
        "Duration of a look, 99th percentile",
        "histogram_quantile(0.99, sum by (le) (rate(foresail_reconcile_duration_seconds_bucket[5m])))",
        "99th percentile",
        "s",
      ),
      one(
        "Calls to the cloud per second",
        "sum by (verb, outcome) (rate(foresail_cloud_calls_total[5m]))",
        "{{verb}} {{outcome}}",
        "reqps",
      ),
      one("Claims served here, by what is awaited", "max by (state) (foresail_machine_claims)", "{{state}}"),
      one(
        "Memory of processes",
        'max by (pod) (process_resident_memory_bytes{pod=~"foresail-.+"})',
        "{{pod}}",
        "bytes",
      ),
    ],
  },
];
