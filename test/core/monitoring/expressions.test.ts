import { expect } from "chai";
import { before, it } from "mocha";
import { alertGroups } from "../../../src/core/monitoring/alerts.ts";
import { rows } from "../../../src/core/monitoring/panels.ts";
import { podMonitors } from "../../../src/core/monitoring/pod-monitors.ts";
import { type KnownMetric, knownMetrics } from "./support/metrics.ts";
import { describeWithPrometheus, type Selector } from "./support/promql.ts";

/** Labels that Prometheus gives what it scrapes of a pod, and the one that our PodMonitor adds. */
const OF_TARGETS = ["namespace", "pod", "container", "job", "instance", "workspace"];
const PARTS = { _bucket: ["le"], _sum: [], _count: [] } as const;

describeWithPrometheus("what is watched", (prometheus) => {
  let metrics: ReadonlyMap<string, KnownMetric>;
  before(async () => {
    metrics = await knownMetrics();
  });

  /** The metric a series is of, with the label that a part of a histogram adds. */
  function metricOf(series: string): KnownMetric | undefined {
    const whole = metrics.get(series);
    if (whole !== undefined) return whole.type === "histogram" ? undefined : whole;
    for (const [ending, more] of Object.entries(PARTS)) {
      const found = series.endsWith(ending) ? metrics.get(series.slice(0, -ending.length)) : undefined;
      if (found?.type === "histogram") return { ...found, labels: [...found.labels, ...more] };
    }
    return undefined;
  }

  function wrongIn({ metric, matchers = [], by = [] }: Selector): readonly string[] {
    const found = metricOf(metric);
    if (found === undefined) return [`nothing exposes ${metric}`];
    const labels = [...found.labels, ...OF_TARGETS];
    const unknown = [...by, ...matchers.map(({ label }) => label)].filter((label) => !labels.includes(label));
    // A gauge that is counted at every scrape tells of each state, those with nothing in them too.
    const states = found.text.includes('state="') ? matchers.filter(({ label }) => label === "state") : [];
    const values = states.flatMap(({ value }) => value.split("|"));
    return [
      ...unknown.map((label) => `${metric} has no label ${label}`),
      ...values
        .filter((value) => !found.text.includes(`state="${value}"`))
        .map((value) => `${metric} has no state ${value}`),
    ];
  }

  const alerts = alertGroups.flatMap((group) =>
    group.alerts.map(({ name, expr }) => [`the alert ${name}`, expr] as const),
  );
  const panels = rows.flatMap((row) =>
    row.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [`the panel ${title}`, expr] as const)),
  );
  for (const [what, expr] of [...alerts, ...panels]) {
    it(`by ${what} is PromQL over metrics and labels that exist`, async () => {
      const selectors = await prometheus.selectors(expr);
      expect(selectors).not.to.deep.equal([]);
      expect(selectors.flatMap(wrongIn)).to.deep.equal([]);
    });
  }

  it("is refused where a metric, a label or a state does not exist", async () => {
    const expr =
      'sum by (nobody) (foresail_workspaces{state="lost"}) + foresail_nothing + foresail_admission_duration_seconds';
    expect((await prometheus.selectors(expr)).flatMap(wrongIn)).to.deep.equal([
      "foresail_workspaces has no label nobody",
      "foresail_workspaces has no state lost",
      "nothing exposes foresail_nothing",
      "nothing exposes foresail_admission_duration_seconds",
    ]);
  });

  it("of vLLM is all that its PodMonitor keeps", async () => {
    const kept = /"regex":"([^"]+)"/.exec(JSON.stringify(podMonitors((name) => ({ name }))))?.[1] ?? "";
    const all = (await Promise.all([...alerts, ...panels].map(([, expr]) => prometheus.selectors(expr)))).flat();
    const models = all.map(({ metric }) => metric).filter((metric) => metric.startsWith("vllm"));
    expect(models).not.to.deep.equal([]);
    for (const metric of models) expect(metric).to.match(new RegExp(`^(?:${kept})$`));
  });
});
