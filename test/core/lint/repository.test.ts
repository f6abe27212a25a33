import { expect } from "chai";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { reportOf } from "../../../src/cli/check/report-of.ts";
import { unstated } from "../../../src/cli/input/manifest.ts";
import { asStored } from "../../../src/cli/stored.ts";
import { costsOf } from "../../../src/core/cost/cost.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { exampleBases } from "../../../src/core/rules.ts";
import { type Run, runOfWorkspace } from "../../../src/core/runs/run.ts";
import {
  adapted,
  annotated,
  autoscaler,
  devicePlugin,
  FAMILY,
  foundIn,
  mirroring,
  quota,
  service,
  usages,
} from "../rules/repository-cases.ts";
import { undecided } from "../support/undecided.ts";
import { catalogue } from "../support/workspaces.ts";

const serving = parse(exampleBases.serving) as JsonObject;
const codes = (objects: readonly JsonObject[]): readonly string[] =>
  foundIn(objects)
    .map(({ code }) => code)
    .filter((code) => code !== "gitops/unpinned");
const runsOf = (object: JsonObject): readonly Run[] => {
  const { workspace } = asStored(object, "models", catalogue);
  const run = workspace && runOfWorkspace(workspace);
  return run === undefined ? [] : [run];
};
const inDirectory = (directory: string, object: JsonObject) => unstated(object, `${directory}/in.yaml`);

describe("rules of the repository", () => {
  it("say nothing of a Workspace beside what does not concern it", () => {
    const others = [
      { ...autoscaler, spec: { scaleTargetRef: { kind: "Deployment", name: "other" } } },
      { ...autoscaler, metadata: { name: "phi", namespace: "elsewhere" } },
      { ...autoscaler, spec: { scaleTargetRef: { kind: "StatefulSet", name: "phi" } } },
      { ...quota, metadata: { name: "gpus", namespace: "elsewhere" } },
      { ...quota, spec: { hard: { "requests.nvidia.com/gpu": "1", "limits.cpu": "1", pods: "1" } } },
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

  it("count every resource of a quota in its unit, and preset pods with it", () => {
    const hard = (given: { readonly [key: string]: string }, more: JsonObject = {}): JsonObject => ({
      ...quota,
      spec: { hard: given, ...more },
    });
    const found = (given: { readonly [key: string]: string }, objects: readonly JsonObject[] = [serving]) =>
      foundIn([...objects, hard(given)])
        .filter(({ code }) => code === "quota/exceeded")
        .map(({ message }) => message);
    // 16 CPUs and 154Gi of Standard_NC24ads_A100_v4, as expansions ask for.
    expect(found({ "requests.cpu": "16", memory: "154Gi", pods: "1" })).to.deep.equal([]);
    expect(found({ "requests.cpu": "15500m" })).to.deep.equal([
      "spec.hard[requests.cpu]: 1 workload of namespace models asks for 16 cpu, and ResourceQuota gpus allows 15500m: the API server refuses the last pods; raise it or ask for less",
    ]);
    expect(found({ memory: "153Gi", cpu: "1k", pods: "0", "limits.cpu": "1", "count/jobs.batch": "0" })).to.have.length(
      2,
    );
    const labels = { "foresail.dev/preset": "phi-4" };
    const annotations = { "foresail.dev/instance-type": "Standard_NC24ads_A100_v4" };
    const deployment: JsonObject = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "pods", namespace: "models" },
      spec: {
        replicas: 2,
        template: { metadata: { labels, annotations }, spec: { containers: [{ name: "model", image: "auto" }] } },
      },
    };
    expect(found({ "requests.nvidia.com/gpu": "2" }, [deployment])).to.deep.equal([]);
    expect(found({ "requests.nvidia.com/gpu": "2" }, [deployment, serving]).join()).to.match(
      /2 workloads .* ask together for 3 /,
    );
    const scoped = foundIn([serving, hard({ pods: "0" }, { scopes: ["BestEffort"] })]);
    expect(scoped.map(({ code }) => code)).to.not.include("quota/exceeded");
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

  it("find what has the name of an object a Workspace is made of, in its namespace and cluster", () => {
    const taken = (object: JsonObject): readonly string[] =>
      foundIn([serving, object])
        .filter(({ code }) => code === "name/taken")
        .map(({ message }) => message);
    expect(taken(service)).to.deep.equal([
      "metadata.name: Workspace models/phi cannot have objects it needs: Service phi is stated by the files; rename one",
    ]);
    const named = (apiVersion: string, kind: string, name = "phi", namespace = "models"): JsonObject => ({
      apiVersion,
      kind,
      metadata: { name, namespace },
    });
    for (const [version, kind, name] of [
      ["apps/v1", "Deployment"],
      ["v1", "Service", "phi-headless"],
      ["networking.k8s.io/v1", "NetworkPolicy"],
    ] as const) {
      expect(taken(named(version, kind, name)), kind).to.have.length(1);
    }
    for (const other of [
      named("apps/v1", "StatefulSet"),
      named("serving.knative.dev/v1", "Service"),
      named("v1", "ConfigMap"),
      named("v1", "Service", "other"),
      named("v1", "Service", "phi", "elsewhere"),
    ]) {
      expect(taken(other), JSON.stringify(other)).to.deep.equal([]);
    }
    const apart = [inDirectory("dev", serving), inDirectory("prod", service)];
    const { findings } = reportOf(apart, { namespace: "x", catalogue, toolVersion: "0", decisions: undecided });
    expect(findings.map(({ code }) => code)).to.not.include("name/taken");
  });

  it("find objects that two Workspaces would have by one name, and leave doubles of a Workspace to their own rule", () => {
    expect(codes([serving, annotated({}, "phi-headless")])).to.deep.equal(["name/taken"]);
    expect(codes([serving, serving])).to.deep.equal(["workspace/duplicate"]);
    expect(codes([serving, annotated({}, "phi-two")])).to.deep.equal([]);
  });

  it("find a Workspace of one name in both groups, whatever each makes, and none that is elsewhere", () => {
    const ours = { ...serving, apiVersion: "foresail.dev/v1beta1" };
    const told = (...objects: readonly JsonObject[]): unknown =>
      foundIn(objects)
        .filter(({ code }) => code !== "gitops/unpinned")
        .map(({ code, subject }) => [code, subject?.group]);
    expect(told(serving, ours)).to.deep.equal([["name/taken", "foresail.dev"]]);
    expect(told(ours, serving)).to.deep.equal([["name/taken", undefined]]);
    expect(codes([ours, ours])).to.deep.equal(["workspace/duplicate"]);
    expect(codes([serving, { ...annotated({}, "phi-two"), apiVersion: "foresail.dev/v1beta1" }])).to.deep.equal([]);
    const apart = [inDirectory("dev", serving), inDirectory("prod", ours)];
    const { findings } = reportOf(apart, { namespace: "x", catalogue, toolVersion: "0", decisions: undecided });
    expect(findings.map(({ code }) => code)).to.not.include("name/taken");
  });

  it("keep what a baseline knows of a Workspace that moves to the other group", () => {
    const unpinned = { ...serving, metadata: { name: "phi", namespace: "models" } };
    const prints = [unpinned, { ...unpinned, apiVersion: "foresail.dev/v1beta1" }].map((object) =>
      foundIn([object]).map(({ code, fingerprint }) => [code, fingerprint]),
    );
    expect(prints[0]).to.not.deep.equal([]);
    expect(prints[1]).to.deep.equal(prints[0]);
  });

  it("find images that are pulled past the mirrors, whoever names them", () => {
    const past = (object: JsonObject, used = mirroring): readonly string[] =>
      foundIn([object], { catalogue: used })
        .filter(({ code }) => code === "image/not-mirrored")
        .map(({ path, message }) => `${path} ${/(\S+) is pulled/.exec(message)?.[1]}`);
    const path = "inference.adapters[0].source.image";
    expect(past(serving)).to.deep.equal([]);
    expect(past(adapted("quay.example/a:1"))).to.include(`${path} quay.example/a:1`);
    expect(past(adapted("quay.example/a:1"), catalogue), "without mirrors").to.deep.equal([]);
    expect(past(adapted("mcr.microsoft.com/a:1")), "a prefix stands for it").to.deep.equal([]);
    const own = { template: { spec: { containers: [{ name: "a", image: "mcr.microsoft.com/a:1" }] } } };
    // A template of one's own stays as it is.
    expect(past({ ...serving, inference: own })).to.deep.equal([
      "inference.template.spec.containers[0].image mcr.microsoft.com/a:1",
    ]);
    expect(past(adapted("registry.acme.internal/a:1")).filter((one) => one.startsWith(path))).to.deep.equal([]);
    expect(past(adapted("a:1"))).to.include(`${path} docker.io/library/a:1`);
  });

  describe("say where a stated size is more than is needed", () => {
    const on = (
      instanceType: string | undefined,
      annotations: { readonly [name: string]: string } = {},
    ): JsonObject => ({
      ...annotated(annotations),
      resource: { labelSelector: {}, ...(instanceType === undefined ? {} : { instanceType }) },
    });
    const told = (object: JsonObject) => foundIn([object]).filter(({ code }) => code === "instance-type/oversized");

    it("as a notice, with the price, what is lost, and the cheapest that fits", () => {
      const [found, ...more] = told(on("Standard_NC96ads_A100_v4"));
      expect(more).to.deep.equal([]);
      expect(found).to.deep.include({ level: "notice", path: "resource.instanceType" });
      // 3.673 and 14.692 USD per hour in eastus (presets/prices), 730 hours.
      expect(found?.message).to.match(
        /^resource\.instanceType Standard_NC96ads_A100_v4 is more than is needed: Standard_NC24ads_A100_v4 holds the same context, 10 requests of it at once instead of 40, for \$2,681\.29\/month, \$8,043\.87 less$/,
      );
    });

    it("not where none saves a fifth, and not by giving context or taking more nodes", () => {
      const short = { ...on("Standard_NC24ads_A100_v4"), inference: { preset: { name: "phi-3-mini-4k-instruct" } } };
      // An A10 holds all of its 4,096 tokens for an eighth less.
      const [same] = costsOf(runsOf(short), catalogue, "2026-11-29").runs;
      expect(same?.cheaper).to.include({ maxModelLen: 4096, insteadOfMaxModelLen: 4096 });
      expect(told(short)).to.deep.equal([]);
      const long = { ...on("Standard_NC40ads_H100_v5"), inference: { preset: { name: "phi-3-mini-128k-instruct" } } };
      const [row] = costsOf(runsOf(long), catalogue, "2026-11-29").runs;
      expect(row?.cheaper).to.include({ instanceType: "Standard_NV36ads_A10_v5", insteadOfMaxModelLen: 131_072 });
      expect(row?.cheaper?.maxModelLen).to.be.lessThan(131_072);
      expect(
        told(long)
          .map(({ message }) => message)
          .join(),
      ).to.match(/Standard_NC24ads_A100_v4 holds the same context/);
    });

    it("not where no size is stated, speed is asked for, or nothing is bought", () => {
      const large = "Standard_NC96ads_A100_v4";
      expect(told(on(undefined))).to.deep.equal([]);
      expect(told(on(large, { "kaito.sh/performance-mode": "throughput" }))).to.deep.equal([]);
      expect(told(on(large, { "kaito.sh/performance-mode": "balanced" }))).to.have.length(1);
      expect(told(on(large, { "foresail.dev/provision": "false" }))).to.deep.equal([]);
      expect(told(on(large, { "foresail.dev/replicas": "0" }))).to.deep.equal([]);
    });
  });

  describe("compare quotas of the cloud with the cores of all that runs", () => {
    const two = [serving, annotated({ "foresail.dev/replicas": "2" }, "second")];
    const found = (objects: readonly JsonObject[], limits: { readonly [name: string]: number }) =>
      foundIn(objects, usages(limits)).filter(({ code }) => code.startsWith("quota/"));

    it("by family, with replicas, told at the one that asks for most", () => {
      // Three nodes of 24 cores.
      expect(found(two, { [FAMILY]: 72 })).to.deep.equal([]);
      const [exceeded, ...more] = found(two, { [FAMILY]: 71 });
      expect(more).to.deep.equal([]);
      expect(exceeded).to.deep.include({ level: "error", code: "quota/cloud-exceeded", path: "resource" });
      expect(exceeded?.subject?.name).to.equal("second");
      expect(exceeded?.message).to.equal(
        `2 ask together for 72 cores of quota ${FAMILY} in eastus, this for 48 of them, and its limit is 71 (0 in use): 1 too few`,
      );
    });

    it("of the region and of spot, each for what is paid for so", () => {
      const spot = annotated({ "foresail.dev/capacity-type": "spot" });
      const both = { [FAMILY]: 24, cores: 23, lowPriorityCores: 23 };
      expect(found([serving], both).map(({ message }) => /quota (\S+) in/.exec(message)?.[1])).to.deep.equal(["cores"]);
      expect(found([spot], { ...both, [FAMILY]: 0 }).map(({ message }) => message)).to.deep.equal([
        "this asks for 24 cores of quota lowPriorityCores in eastus, and its limit is 23 (0 in use): 1 too few",
      ]);
    });

    it("as a warning where another size or way of paying is tried then", () => {
      const levels = (annotations: { readonly [name: string]: string }) =>
        found([annotated(annotations)], { [FAMILY]: 0, lowPriorityCores: 0 }).map(({ level }) => level);
      expect(levels({})).to.deep.equal(["error"]);
      expect(levels({ "foresail.dev/fallback-instance-types": "Standard_NC40ads_H100_v5" })).to.deep.equal(["warning"]);
      expect(levels({ "foresail.dev/capacity-type": "spot,on-demand" })).to.deep.equal(["warning"]);
      expect(levels({ "foresail.dev/capacity-type": "reserved" })).to.deep.equal([]);
      expect(levels({ "foresail.dev/provision": "false" })).to.deep.equal([]);
      expect(levels({ "foresail.dev/replicas": "0" })).to.deep.equal([]);
    });

    it("not of another region, and say of a size for which there is none", () => {
      const elsewhere = annotated({ "foresail.dev/region": "westus3" });
      expect(found([elsewhere], { [FAMILY]: 0 })).to.deep.equal([]);
      const [unknown] = found(two, { standardNCSv3Family: 6 });
      expect(unknown).to.deep.include({ level: "notice", code: "quota/not-compared" });
      expect(unknown?.message).to.equal(
        "the quotas that were read have none for Standard_NC24ads_A100_v4 in eastus: not compared",
      );
    });
  });
});
