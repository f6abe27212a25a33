import type { JsonObject } from "../json.ts";
import { type Panel, type Row, rows } from "./panels.ts";

// Grafana lays panels out on a grid of 24 columns.
const PANEL = { w: 12, h: 8 } as const;
const COLUMNS = 2;

/** The dashboard as Grafana imports it; the data source is chosen there. */
export function dashboard(): JsonObject {
  return {
    uid: "foresail",
    title: "Foresail",
    tags: ["foresail", "kubernetes", "gpu"],
    // Of Grafana 11; later ones migrate it when they load it.
    schemaVersion: 39,
    editable: true,
    refresh: "1m",
    time: { from: "now-6h", to: "now" },
    templating: { list: [{ name: "datasource", label: "Data source", type: "datasource", query: "prometheus" }] },
    panels: laidOut(),
  };
}

function laidOut(): readonly JsonObject[] {
  const panels: JsonObject[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push(heading(row, panels.length + 1, y));
    y += 1;
    for (const [i, panel] of row.panels.entries()) {
      const place = { ...PANEL, x: (i % COLUMNS) * PANEL.w, y: y + Math.floor(i / COLUMNS) * PANEL.h };
      panels.push(timeSeries(panel, panels.length + 1, place));
    }
    y += Math.ceil(row.panels.length / COLUMNS) * PANEL.h;
  }
  return panels;
}

function heading({ title }: Row, id: number, y: number): JsonObject {
  return { id, type: "row", title, collapsed: false, panels: [], gridPos: { x: 0, y, w: 24, h: 1 } };
}

function timeSeries({ title, unit, targets }: Panel, id: number, gridPos: JsonObject): JsonObject {
  const datasource = { type: "prometheus", uid: "$datasource" };
  return {
    ...{ id, type: "timeseries", title, gridPos, datasource },
    fieldConfig: { defaults: { unit: unit ?? "short", min: 0 }, overrides: [] },
    options: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi", sort: "desc" } },
    targets: targets.map(({ expr, legend }, i) => ({
      datasource,
      expr,
      legendFormat: legend,
      refId: String.fromCharCode(65 + i),
    })),
  };
}

/** For the sidecar that loads dashboards from ConfigMaps with this label. */
export function dashboardConfigMap(metadata: JsonObject): JsonObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata,
    data: { "foresail.json": `${JSON.stringify(dashboard(), null, 2)}\n` },
  };
}
