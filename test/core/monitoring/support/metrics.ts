import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Registry } from "prom-client";
import { createCache } from "../../../../src/kube/cache.ts";
import { loadCatalogue } from "../../../../src/load.ts";
import { catalogueMetrics, createRegistry } from "../../../../src/metrics.ts";
import { packageRoot } from "../../../../src/package-root.ts";
import { machineMetrics } from "../../../../src/reconciler/machines/metrics.ts";
import { reconcilerMetrics } from "../../../../src/reconciler/metrics.ts";
import { createWorkspaces } from "../../../../src/reconciler/workspaces.ts";
import { webhookMetrics } from "../../../../webhook/metrics.ts";

/** What is known of a metric: its type, its own labels, and of a gauge that is counted when asked, its text. */
export interface KnownMetric {
  readonly type: string;
  readonly labels: readonly string[];
  readonly text: string;
}

/** Every metric of webhook and reconciler, made as the processes make them, and vLLM's. */
export async function knownMetrics(): Promise<ReadonlyMap<string, KnownMetric>> {
  const catalogue = loadCatalogue();
  const registries = [createRegistry(), createRegistry()] as const;
  const [webhook, reconciler] = registries;
  webhookMetrics(webhook);
  for (const registry of registries) catalogueMetrics(registry, () => catalogue);
  reconcilerMetrics(reconciler, {
    caches: { workspaces: createWorkspaces([], ignored, ignored), claims: createCache() },
    queue: () => undefined,
    release: () => catalogue.current,
    nowMs: () => 0,
  });
  machineMetrics(reconciler, () => 0);
  const own = (await Promise.all(registries.map(metricsOf))).flat();
  return new Map([...own, ...vllmMetrics()]);
}

function ignored(): void {}

async function metricsOf(registry: Registry): Promise<readonly (readonly [string, KnownMetric])[]> {
  const all = await registry.getMetricsAsJSON();
  return await Promise.all(
    all.map(async ({ name, type }) => {
      const metric = registry.getSingleMetric(name) as unknown as { readonly labelNames?: readonly string[] };
      const text = await registry.getSingleMetricAsString(name);
      return [name, { type: String(type), labels: metric.labelNames ?? [], text }] as const;
    }),
  );
}

function vllmMetrics(): readonly (readonly [string, KnownMetric])[] {
  const text = readFileSync(join(packageRoot(), "test/core/monitoring/vllm-0.25.1-metrics.txt"), "utf8");
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const [name = "", type = ""] = line.split(" ");
    return [name, { type, labels: ["model_name", "engine"], text: "" }];
  });
}
