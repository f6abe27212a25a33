import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { parse, parseAllDocuments } from "yaml";
import { textAt } from "../../../src/core/capacity/fields.ts";
import { rows } from "../../../src/core/monitoring/panels.ts";
import { packageRoot } from "../../../src/package-root.ts";

const folder = join(packageRoot(), "manifests/monitoring");
const read = (name: string): string => readFileSync(join(folder, name), "utf8");

describe("manifests/monitoring", () => {
  it("is a component with all its files, of what is watched and who scrapes", () => {
    const { kind, resources } = parse(read("kustomization.yaml")) as { kind: string; resources: readonly string[] };
    expect(kind).to.equal("Component");
    const files = readdirSync(folder).filter((name) => name !== "kustomization.yaml");
    expect(new Set(resources)).to.deep.equal(new Set(files));
    const objects = resources.flatMap((name) => parseAllDocuments(read(name)).map((one) => one.toJS() as unknown));
    expect(objects.map((one) => `${textAt(one, "kind")}/${textAt(one, "metadata", "name")}`)).to.have.members([
      "PrometheusRule/foresail",
      "PodMonitor/foresail-webhook",
      "PodMonitor/foresail-reconciler",
      "PodMonitor/foresail-models",
      "ConfigMap/foresail-dashboard",
    ]);
  });

  it("scrapes pods as the Deployments of manifests/ label them, at a port that they have", () => {
    const monitors = parseAllDocuments(read("pod-monitors.yaml")).map((one) => one.toJS());
    for (const name of ["webhook", "reconciler"]) {
      const deployment = parse(readFileSync(join(packageRoot(), `manifests/${name}/deployment.yaml`), "utf8"));
      const monitor = monitors.find(({ metadata }) => metadata.name === `foresail-${name}`);
      const { metadata, spec } = deployment.spec.template;
      expect(metadata.labels).to.include(monitor.spec.selector.matchLabels);
      const [{ port }] = monitor.spec.podMetricsEndpoints;
      expect(spec.containers[0].ports.map((one: { name: string }) => one.name)).to.include(port);
    }
  });

  it("has a dashboard that Grafana can lay out: panels with ids of their own that do not overlap", () => {
    const { data } = parse(read("dashboard.yaml")) as { data: { "foresail.json": string } };
    const { panels } = JSON.parse(data["foresail.json"]) as {
      panels: readonly { id: number; gridPos: { x: number; y: number; w: number; h: number } }[];
    };
    expect(panels).to.have.length(rows.length + rows.flatMap((row) => row.panels).length);
    expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).to.equal(cells.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).to.equal(24);
  });
});
