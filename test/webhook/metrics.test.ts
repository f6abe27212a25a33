import { X509Certificate } from "node:crypto";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { pino } from "pino";
import { Registry } from "prom-client";
import { admit } from "../../src/core/admit.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { areas } from "../../src/core/rules.ts";
import { loadCatalogue } from "../../src/load.ts";
import { webhookMetrics } from "../../webhook/metrics.ts";
import { startServer, type WebhookServer } from "../../webhook/server.ts";
import { call, certificates } from "./support/tls-server.ts";

describe("what admission looks like from outside", () => {
  const registry = new Registry();
  const metrics = webhookMetrics(registry);
  const catalogue = loadCatalogue();
  let server: WebhookServer;
  let ca: string;
  before(async () => {
    const { serving, caBundle } = await certificates();
    ca = caBundle;
    server = await startServer({
      decide: (review, phase) => {
        if (JSON.stringify(review).includes("throw")) throw new Error("injected");
        return admit(review, catalogue, phase);
      },
      serving,
      log: pino({ level: "silent" }),
      port: 0,
      address: "127.0.0.1",
      observe: metrics.observe,
    });
  });
  after(() => server.stop({ drainMs: 0, graceMs: 0 }));

  const send = (body: string, path = "/mutate") => call({ port: server.port, ca, path, body });
  const ask = (name: string, preset: string) => send(JSON.stringify(review(name, preset)));
  const value = async (name: string, labels: { readonly [label: string]: string }) => {
    const all = (await registry.getMetricsAsJSON()).find((metric) => name.startsWith(metric.name));
    const found = all?.values.find(
      (one) =>
        Object.entries(labels).every(([key, wanted]) => (one.labels as JsonObject)[key] === wanted) &&
        ("metricName" in one ? one.metricName === name : true),
    );
    return found?.value ?? 0;
  };

  it("counts decisions by verdict and denials by code, refusals by status, time and patch size", async () => {
    await ask("one", "phi-4");
    await ask("two", "phi-5");
    await ask("throw", "phi-4");
    await send("{");
    await send(JSON.stringify({ ...review("x", "phi-4"), request: { uid: "u", operation: "DELETE" } }), "/validate");
    const decisions = (verdict: string, phase = "mutate") =>
      value("foresail_admission_decisions_total", { phase, verdict });
    expect(await Promise.all(["patched", "denied", "failed", "allowed"].map((one) => decisions(one)))).to.deep.equal([
      1, 1, 1, 0,
    ]);
    expect(await decisions("allowed", "validate")).to.equal(1);
    expect(await value("foresail_admission_denied_issues_total", { code: "preset/unknown" })).to.equal(1);
    const requests = (status: string) => value("foresail_admission_requests_total", { phase: "mutate", status });
    expect(await Promise.all(["200", "400"].map(requests))).to.deep.equal([3, 1]);
    expect(await value("foresail_admission_duration_seconds_count", { phase: "mutate" })).to.equal(4);
    expect(await value("foresail_admission_patch_bytes_count", {})).to.equal(1);
    expect(await value("foresail_admission_patch_bytes_sum", {})).to.be.within(1_000, 100_000);
  });

  it("has no label a user can choose: hundreds of names add no series", async () => {
    const series = async () => (await registry.metrics()).split("\n").filter((line) => !line.startsWith("#")).length;
    for (const preset of ["phi-4", "phi-5"]) await ask("warm", preset);
    const before = await series();
    for (let i = 0; i < 300; i++) await ask(`name-${i}`, i % 2 === 0 ? "phi-4" : "phi-5");
    expect(await series()).to.equal(before);
    const codes = areas.flatMap(({ rules }) => Object.keys(rules));
    const counted = (await registry.getMetricsAsJSON()).find(({ name }) => name.includes("denied_issues"));
    for (const { labels } of counted?.values ?? []) expect(codes).to.include(labels["code"]);
  });

  it("tells when certificate and CA end", async () => {
    const set = await certificates();
    metrics.serves(set);
    const end = (pem: string) => new X509Certificate(pem).validToDate.getTime() / 1000;
    const of = (certificate: string) => value("foresail_certificate_expiry_timestamp_seconds", { certificate });
    expect(await of("serving")).to.equal(end(set.serving.cert));
    expect(await of("ca")).to.equal(end(set.caBundle));
  });
});

function review(name: string, preset: string): JsonObject {
  const object = {
    apiVersion: "kaito.sh/v1beta1",
    kind: "Workspace",
    metadata: { name, namespace: "team" },
    resource: { instanceType: "Standard_NC24ads_A100_v4", labelSelector: { matchLabels: { app: name } } },
    inference: { preset: { name: preset } },
  };
  const kind = { group: "kaito.sh", version: "v1beta1", kind: "Workspace" };
  const request = { uid: name, kind, operation: "CREATE", namespace: "team", name, object };
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request };
}
