import { expect } from "chai";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { reportOf } from "../../../src/cli/check/report-of.ts";
import { unstated } from "../../../src/cli/input/manifest.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { exampleBases } from "../../../src/core/rules.ts";
import { annotated, autoscaler, devicePlugin, foundIn, quota } from "../rules/repository-cases.ts";
import { undecided } from "../support/undecided.ts";
import { catalogue } from "../support/workspaces.ts";

const serving = parse(exampleBases.serving) as JsonObject;
const codes = (objects: readonly JsonObject[]): readonly string[] =>
  foundIn(objects)
    .map(({ code }) => code)
    .filter((code) => code !== "gitops/unpinned");
const inDirectory = (directory: string, object: JsonObject) => unstated(object, `${directory}/in.yaml`);

describe("rules of the repository", () => {
  it("say nothing of a Workspace beside what does not concern it", () => {
    const others = [
      { ...autoscaler, spec: { scaleTargetRef: { kind: "Deployment", name: "other" } } },
      { ...autoscaler, metadata: { name: "phi", namespace: "elsewhere" } },
      { ...autoscaler, spec: { scaleTargetRef: { kind: "StatefulSet", name: "phi" } } },
      { ...quota, metadata: { name: "gpus", namespace: "elsewhere" } },
      { ...quota, spec: { hard: { "requests.nvidia.com/gpu": "1", "limits.cpu": "1", pods: "0" } } },
      { ...devicePlugin, spec: { template: { spec: { containers: [{ name: "a", image: "nvidia" }] } } } },
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "models" } },
    ];
    expect(codes([annotated({ "foresail.dev/replicas": "1" }), ...others])).to.deep.equal([]);
  });

  it("leave an autoscaler to a Workspace that leaves its number to it", () => {
    expect(codes([annotated({ "foresail.dev/replicas": "external" }), autoscaler])).to.deep.equal([]);
    const keda = {
      ...autoscaler,
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      spec: { scaleTargetRef: { name: "phi" } },
    };
    expect(codes([serving, keda]), "KEDA means Deployments").to.deep.equal(["gitops/field-owned-by-autoscaler"]);
  });

  it("count a quota over replicas, and over what is applied together only", () => {
    expect(codes([annotated({ "foresail.dev/replicas": "2" }), quota])).to.deep.equal(["quota/exceeded"]);
    const apart = [
      inDirectory("dev", serving),
      inDirectory("prod", annotated({}, "second")),
      inDirectory("prod", quota),
    ];
    const found = reportOf(apart, { namespace: "models", catalogue, toolVersion: "0", decisions: undecided }).findings;
    expect(found.map(({ code }) => code)).to.not.include("quota/exceeded");
  });

  it("find one name twice in a directory, not in two that may be two clusters", () => {
    const found = (a: string, b: string) =>
      reportOf([inDirectory(a, serving), inDirectory(b, serving)], {
        namespace: "x",
        catalogue,
        toolVersion: "0",
        decisions: undecided,
      })
        .findings.map(({ code }) => code)
        .filter((code) => code === "workspace/duplicate");
    expect(found("dev", "dev")).to.have.length(1);
    expect(found("dev", "prod")).to.have.length(0);
  });

  it("accept a device plugin that tolerates the taint, by key or altogether", () => {
    const tolerating = (toleration: JsonObject): JsonObject => {
      const { spec, ...rest } = devicePlugin as { spec: { template: { spec: JsonObject } } } & JsonObject;
      return { ...rest, spec: { template: { spec: { ...spec.template.spec, tolerations: [toleration] } } } };
    };
    expect(codes([serving, devicePlugin])).to.deep.equal(["nodes/device-plugin"]);
    expect(codes([serving, tolerating({ operator: "Exists" })])).to.deep.equal([]);
    expect(
      codes([serving, tolerating({ key: "sku", operator: "Equal", value: "gpu", effect: "NoSchedule" })]),
    ).to.deep.equal([]);
    expect(codes([serving, tolerating({ key: "nvidia.com/gpu", operator: "Exists" })])).to.deep.equal([
      "nodes/device-plugin",
    ]);
    expect(codes([annotated({ "foresail.dev/provision": "false" }), devicePlugin]), "nodes of one's own").to.deep.equal(
      [],
    );
  });

  it("tell moving tags from ports, digests and versions", () => {
    const adapter = (image: string): JsonObject => ({
      ...serving,
      inference: { preset: { name: "phi-4" }, adapters: [{ source: { name: "a", image } }] },
    });
    const moving = (image: string): boolean => codes([adapter(image)]).includes("image/moving-tag");
    for (const image of ["r.example/a", "r.example:5000/a", "r.example/a:latest", "a"])
      expect(moving(image), image).to.equal(true);
    const digest = `@sha256:${"0".repeat(64)}`;
    for (const image of [
      "r.example/a:1",
      "r.example:5000/a:v2",
      `r.example/a${digest}`,
      `r.example/a:latest${digest}`,
    ]) {
      expect(moving(image), image).to.equal(false);
    }
  });

  it("hold against force what it does, at the object and at the engine", () => {
    const kustomization = (force: boolean): JsonObject => ({
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata: { name: "apps", namespace: "flux-system" },
      spec: { force },
    });
    const via = (force: boolean) => {
      const object = kustomization(force);
      const place = { file: "flux.yaml", line: 7, column: 3 };
      return { ...unstated(serving, "in.yaml"), via: { object, placeOf: () => place } };
    };
    const found = (force: boolean) =>
      reportOf([via(force)], { namespace: "x", catalogue, toolVersion: "0", decisions: undecided }).findings.filter(
        ({ code }) => code === "gitops/force-enabled",
      );
    expect(found(true).map(({ place }) => place.file)).to.deep.equal(["flux.yaml"]);
    expect(found(false)).to.deep.equal([]);
    const argo = (options: string) => codes([annotated({ "argocd.argoproj.io/sync-options": options })]);
    expect(argo("Prune=false,Force=true")).to.deep.equal(["gitops/force-enabled"]);
    expect(argo("Replace=true"), "the pin survives a replace").to.deep.equal([]);
  });

  it("find nulls where a field has a type, and leave people's pod templates alone", () => {
    const template = { spec: { containers: [{ name: "a", image: "r.example/a:1", env: null }] } };
    expect(codes([{ ...serving, inference: { preset: { name: "phi-4" }, template: null } }])).to.include(
      "schema/null-value",
    );
    expect(codes([{ ...serving, inference: { template } }])).to.not.include("schema/null-value");
  });

  it("compare the budget with the sum of all that is bought", () => {
    const at = (usd: number): readonly string[] =>
      foundIn([serving, annotated({ "foresail.dev/provision": "false" }, "own")], {
        budget: { usd, per: "month" },
      }).map(({ code }) => code);
    // 3.673 USD per hour in eastus (presets/prices), 730 hours.
    expect(at(2681.28)).to.include("cost/over-budget");
    expect(at(2681.29)).to.not.include("cost/over-budget");
  });
});
