import type { AlertGroup } from "./alert.ts";

const LOGS = "`kubectl -n NAMESPACE logs POD -c model --tail=100`";
const PICTURE =
  "`foresail explain --live --kubeconfig FILE --context NAME -n NAMESPACE -w WORKSPACE`: the memory of a GPU and what maxConcurrency was sized";

/** vLLM's own metrics (0.25.1): what a model does with the GPUs it has. */
export const modelAlerts: AlertGroup = {
  name: "foresail-models",
  title: "Models",
  alerts: [
    {
      name: "ForesailModelQueues",
      expr: "sum by (namespace, workspace) (vllm:num_requests_waiting) > 20",
      forMinutes: 15,
      severity: "warning",
      summary: "{{ $value }} requests wait for {{ $labels.namespace }}/{{ $labels.workspace }}",
      means: "More is asked of the model than it can serve at once; answers are late.",
      look: ["`vllm:num_requests_running` beside it, and `vllm:kv_cache_usage_perc`", PICTURE],
      mend: [
        "Raise `foresail.dev/replicas`, or let an autoscaler do it (`external`).",
        "Long contexts hold the cache: state a smaller `max-model-len` if nobody needs the whole.",
      ],
    },
    {
      name: "ForesailModelPreempts",
      expr: "sum by (namespace, workspace) (rate(vllm:num_preemptions_total[15m])) > 0.1 and on (namespace, workspace) max by (namespace, workspace) (vllm:kv_cache_usage_perc) > 0.95",
      forMinutes: 15,
      severity: "warning",
      summary: "{{ $labels.namespace }}/{{ $labels.workspace }} throws work away: its cache is full",
      means: "The KV cache is full, and requests that were begun are begun again: the GPU works for nothing.",
      look: [PICTURE, "`vllm:kv_cache_usage_perc` over the day"],
      mend: [
        "More replicas, or a size with more GPU memory.",
        "A smaller `max-num-seqs` makes requests wait in place of being thrown out.",
      ],
    },
    {
      name: "ForesailModelSlow",
      expr: "histogram_quantile(0.95, sum by (le, namespace, workspace) (rate(vllm:time_to_first_token_seconds_bucket[10m]))) > 10",
      forMinutes: 15,
      severity: "warning",
      summary:
        "The first token of {{ $labels.namespace }}/{{ $labels.workspace }} takes {{ $value | humanizeDuration }}",
      means: "One request in twenty waits this long for its first token: it queues, or its prompt is long.",
      look: [
        "`vllm:request_queue_time_seconds` (waiting) against `vllm:request_prefill_time_seconds` (reading the prompt)",
        PICTURE,
        LOGS,
      ],
      mend: [
        "It queues: as in [ForesailModelQueues](ForesailModelQueues.md).",
        "It reads: prefix caching helps where prompts begin alike; see `vllm:prefix_cache_hits_total`.",
      ],
    },
  ],
};
