import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { it } from "mocha";
import { parse, stringify } from "yaml";
import { alertGroups, RUNBOOKS } from "../../../src/core/monitoring/alerts.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { describeWithPrometheus, type Series } from "./support/promql.ts";

const DAY = 86_400;
const series = (name: string, values: string): Series => ({ series: name, values });

/** Two webhooks and two reconcilers that are well. */
const QUIET: readonly Series[] = [
  series('foresail_certificate_expiry_timestamp_seconds{certificate="serving",pod="w1"}', `${90 * DAY}x200`),
  series('foresail_certificate_expiry_timestamp_seconds{certificate="ca",pod="w1"}', `${900 * DAY}x200`),
  series('foresail_catalogue_info{release="2026.11.0",pod="w1"}', "1x200"),
  series('foresail_catalogue_info{release="2026.11.0",pod="r1"}', "1x200"),
  series('foresail_leader{pod="r1"}', "1x200"),
  series('foresail_leader{pod="r2"}', "0x200"),
  series('foresail_workspaces{state="ready",pod="r1"}', "7x200"),
  series('foresail_workspaces{state="stalled",pod="r1"}', "0x200"),
  series('foresail_node_claims{state="launching",pod="r1"}', "0x200"),
  series('foresail_queue_depth{state="failing",pod="r1"}', "0x200"),
  series("foresail_machine_orphans", "0x200"),
  series('foresail_cloud_calls_total{verb="get",outcome="ok"}', "0+60x200"),
];

interface Case {
  readonly alert: string;
  readonly what: string;
  /** In place of series of the same name, and beside the others. */
  readonly series: readonly Series[];
  /** Minutes at which nothing fires yet, and at which it does. */
  readonly quietAt: number;
  readonly firesAt: number;
  readonly summary?: RegExp;
}

const of = 'namespace="team-a",workspace="phi"';
const CASES: readonly Case[] = [
  {
    alert: "ForesailWebhookDown",
    what: "no webhook is scraped any more",
    series: [
      series('foresail_certificate_expiry_timestamp_seconds{certificate="serving",pod="w1"}', `${90 * DAY}x20 stale`),
      series('foresail_certificate_expiry_timestamp_seconds{certificate="ca",pod="w1"}', `${900 * DAY}x20 stale`),
    ],
    quietAt: 24,
    firesAt: 27,
  },
  {
    alert: "ForesailAdmissionFails",
    what: "a review failed",
    series: [series('foresail_admission_decisions_total{phase="mutate",verdict="failed"}', "0x20 1x100")],
    quietAt: 19,
    firesAt: 22,
    summary: /at mutate: a fault of Foresail/,
  },
  {
    alert: "ForesailAdmissionSlow",
    what: "reviews take seconds",
    series: [
      series('foresail_admission_duration_seconds_bucket{phase="mutate",le="1"}', "0x200"),
      series('foresail_admission_duration_seconds_bucket{phase="mutate",le="2.5"}', "0+60x200"),
      series('foresail_admission_duration_seconds_bucket{phase="mutate",le="+Inf"}', "0+60x200"),
    ],
    quietAt: 10,
    firesAt: 13,
  },
  {
    alert: "ForesailAdmissionOverloaded",
    what: "reviews are refused as too many",
    series: [series('foresail_admission_requests_total{phase="mutate",status="429"}', "0+60x200")],
    quietAt: 5,
    firesAt: 8,
  },
  {
    alert: "ForesailCertificateExpires",
    what: "the serving certificate was not renewed",
    series: [
      series('foresail_certificate_expiry_timestamp_seconds{certificate="serving",pod="w1"}', `${20 * DAY + 600}x200`),
    ],
    quietAt: 39,
    firesAt: 42,
    summary: /\(serving\) ends in 19d/,
  },
  {
    alert: "ForesailCertificateChecksFail",
    what: "every check fails",
    series: [series("foresail_certificate_check_failures_total", "0+1x200")],
    quietAt: 15,
    firesAt: 30,
  },
  {
    alert: "ForesailCatalogueDataRefused",
    what: "a ConfigMap is wrong",
    series: [series("foresail_catalogue_data_refused_total", "0x20 1x100")],
    quietAt: 19,
    firesAt: 22,
  },
  {
    alert: "ForesailCataloguesDiffer",
    what: "one replica has an older release",
    series: [series('foresail_catalogue_info{release="2026.10.0",pod="w2"}', "1x200")],
    quietAt: 29,
    firesAt: 31,
    summary: /^2 catalogues/,
  },
  {
    alert: "ForesailNoLeader",
    what: "nobody leads",
    series: [series('foresail_leader{pod="r1"}', "1x20 0x100")],
    quietAt: 25,
    firesAt: 27,
  },
  {
    alert: "ForesailNoLeader",
    what: "no reconciler is scraped any more",
    series: [series('foresail_leader{pod="r1"}', "1x20 stale"), series('foresail_leader{pod="r2"}', "0x20 stale")],
    quietAt: 25,
    firesAt: 27,
  },
  {
    alert: "ForesailSeveralLeaders",
    what: "both act",
    series: [series('foresail_leader{pod="r2"}', "1x200")],
    quietAt: 4,
    firesAt: 6,
  },
  {
    alert: "ForesailReconcilesFail",
    what: "three Workspaces fail for ever",
    series: [series('foresail_queue_depth{state="failing",pod="r1"}', "3x200")],
    quietAt: 29,
    firesAt: 31,
    summary: /^3 Workspaces/,
  },
  {
    alert: "ForesailQueueGrows",
    what: "many wait",
    series: [series('foresail_queue_depth{state="due",pod="r1"}', "200x200")],
    quietAt: 14,
    firesAt: 16,
  },
  {
    alert: "ForesailWorkspacesStalled",
    what: "both replicas know of two",
    series: [
      series('foresail_workspaces{state="stalled",pod="r1"}', "2x200"),
      series('foresail_workspaces{state="stalled",pod="r2"}', "2x200"),
    ],
    quietAt: 14,
    firesAt: 16,
    summary: /^2 Workspaces/,
  },
  {
    alert: "ForesailNodesLate",
    what: "a node never joins",
    series: [series('foresail_node_claims{state="registering",pod="r1"}', "1x200")],
    quietAt: 44,
    firesAt: 46,
    summary: /registering all the time/,
  },
  {
    alert: "ForesailQuotaWanting",
    what: "quota is refused for an hour",
    series: [series('foresail_offerings_refused{state="quota",pod="r1"}', "2x200")],
    quietAt: 59,
    firesAt: 61,
  },
  {
    alert: "ForesailOrphanMachines",
    what: "a pool is left",
    series: [series("foresail_machine_orphans", "1x200")],
    quietAt: 29,
    firesAt: 31,
  },
  {
    alert: "ForesailCloudCallsFail",
    what: "most calls fail",
    series: [series('foresail_cloud_calls_total{verb="list",outcome="AuthorizationFailed"}', "0+180x200")],
    quietAt: 14,
    firesAt: 17,
    summary: /^75%/,
  },
  {
    alert: "ForesailModelQueues",
    what: "requests wait",
    series: [
      series(`vllm:num_requests_waiting{${of},pod="a"}`, "15x200"),
      series(`vllm:num_requests_waiting{${of},pod="b"}`, "15x200"),
    ],
    quietAt: 14,
    firesAt: 16,
    summary: /^30 requests wait for team-a\/phi/,
  },
  {
    alert: "ForesailModelPreempts",
    what: "the cache is full and work is thrown away",
    series: [
      series(`vllm:num_preemptions_total{${of},pod="a"}`, "0+60x200"),
      series(`vllm:kv_cache_usage_perc{${of},pod="a"}`, "0.99x200"),
    ],
    quietAt: 14,
    firesAt: 17,
  },
  {
    alert: "ForesailModelSlow",
    what: "the first token takes long",
    series: [
      series(`vllm:time_to_first_token_seconds_bucket{${of},le="10.0"}`, "0x200"),
      series(`vllm:time_to_first_token_seconds_bucket{${of},le="20.0"}`, "0+60x200"),
      series(`vllm:time_to_first_token_seconds_bucket{${of},le="+Inf"}`, "0+60x200"),
    ],
    quietAt: 14,
    firesAt: 17,
  },
];

const rules = stringify({
  groups: parse(readFileSync(join(packageRoot(), "manifests/monitoring/alerts.yaml"), "utf8")).spec.groups,
});

describeWithPrometheus("alerts", (prometheus) => {
  const fired = async (more: readonly Series[], minutes: number) => {
    const replaced = new Set(more.map((one) => one.series));
    return await prometheus.firing(rules, [...QUIET.filter((one) => !replaced.has(one.series)), ...more], minutes);
  };

  it("are silent where all is well", async () => {
    expect(await fired([], 180)).to.deep.equal([]);
  });

  for (const { alert, what, series: more, quietAt, firesAt, summary } of CASES) {
    it(`${alert} fires alone when ${what}, and not before its time`, async () => {
      expect(await fired(more, quietAt)).to.deep.equal([]);
      const found = await fired(more, firesAt);
      expect(new Set(found.map((one) => one.alert))).to.deep.equal(new Set([alert]));
      const [first] = found;
      expect(first?.runbook).to.equal(`${RUNBOOKS}/${alert}.md`);
      expect(first?.labels["severity"]).to.be.oneOf(["critical", "warning"]);
      // Templates that name what is not there print so, and do not fail.
      expect(first?.summary).not.to.match(/<no value>|error/);
      if (summary !== undefined) expect(first?.summary).to.match(summary);
    });
  }

  it("have a case and a runbook each", () => {
    const names = alertGroups.flatMap(({ alerts }) => alerts.map(({ name }) => name));
    expect(new Set(CASES.map(({ alert }) => alert))).to.deep.equal(new Set(names));
    for (const name of names)
      expect(existsSync(join(packageRoot(), "docs/runbooks", `${name}.md`)), name).to.equal(true);
  });
});
