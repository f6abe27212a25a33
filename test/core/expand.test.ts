import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { expand } from "../../src/core/expand.ts";
import { inputAnnotations, inputsHash } from "../../src/core/inputs.ts";
import { canonicalJson, isObject, type JsonObject } from "../../src/core/json.ts";
import { type Expansion, validateExpansion, type Workspace } from "../../src/core/kinds/workspace.ts";
import { catalogue, serving, tuning, workspace } from "./support/workspaces.ts";

const V100 = "Standard_NC6s_v3";
const A100 = "Standard_NC24ads_A100_v4";
const A10 = "Standard_NV36ads_A10_v5";

function expansionOf(object: Workspace): Expansion {
  const { expansion, issues } = expand(object, catalogue);
  if (expansion === undefined) throw new Error(issues.map((issue) => issue.message).join("\n"));
  return expansion;
}

type Container = {
  name: string;
  image: string;
  command: string[];
  args: string[];
  env?: { name: string; value?: string }[];
  resources: JsonObject;
};
function podOf(expansion: Expansion): {
  containers: Container[];
  initContainers?: Container[];
  [key: string]: unknown;
} {
  return expansion.podTemplate["spec"] as never;
}
const codes = (object: Workspace): readonly string[] =>
  expand(object, catalogue).issues.map((issue) => `${issue.level} ${issue.code}`);
const message = (object: Workspace, code: string): string =>
  expand(object, catalogue).issues.find((issue) => issue.code === code)?.message ?? "";

// What KAITO has dropped runs on GPUs of its time only, which have to be named.
const formerPresets = new Set(catalogue.current.formerModels.map(({ name }) => name));
const everyPreset = catalogue.current.models.map(({ name }) => name).filter((name) => !formerPresets.has(name));

describe("expand: inference", () => {
  it("gives every preset of the catalogue a size and a valid expansion without being asked for one", () => {
    for (const preset of everyPreset) {
      const expansion = expansionOf(serving(preset));
      expect(validateExpansion(expansion, "")).to.deep.equal([]);
      expect(expansion.memory?.maxModelLen).to.be.at.least(4096);
    }
  });

  it("serves with vLLM where its build supports the GPU", () => {
    const expansion = expansionOf(serving("phi-4-mini-instruct", A100));
    const [container] = podOf(expansion).containers;
    expect(expansion.preset?.runtime).to.equal("vllm");
    expect(container?.image).to.equal("mcr.microsoft.com/aks/kaito/kaito-base:0.5.0");
    expect(container?.command).to.deep.equal(["python3", "/workspace/vllm/inference_api.py"]);
    expect(container?.args).to.include.members([
      "--dtype=bfloat16",
      "--max-model-len=131072",
      "--tensor-parallel-size=1",
      "--gpu-memory-utilization=0.84",
    ]);
    expect(container?.args).to.deep.equal(container?.args.toSorted());
    expect(container?.args.some((arg) => arg.startsWith("--trust-remote-code"))).to.equal(false);
  });

  it("uses only options that vLLM 0.25.1 or KAITO's wrapper knows", () => {
    const table = readFileSync(new URL("expand/vllm-0.25.1-flags.csv", import.meta.url), "utf8");
    const known = new Set(
      table
        .split("\n")
        .slice(1)
        .map((line) => line.split(",")[0]?.replace(/^--/, "")),
    );
    const sizes = [A100, A10, "Standard_NC4as_T4_v3", "Standard_NC96ads_A100_v4", "Standard_ND96isr_H100_v5"];
    const used = sizes
      .flatMap((size) =>
        everyPreset.map((preset) => serving(preset, size, { "kaito.sh/performance-mode": "throughput" })),
      )
      .flatMap((object) => expand(object, catalogue).expansion ?? [])
      .filter((expansion) => expansion.preset?.runtime === "vllm")
      .flatMap((expansion) => podOf(expansion).containers[0]?.args ?? [])
      .map((arg) => (arg.replace(/^--/, "").split("=")[0] ?? "").split(".")[0] ?? "");
    expect(used.length).to.be.greaterThan(100);
    const unknown = [...new Set(used)].filter((flag) => !known.has(flag) && !flag.startsWith("kaito-"));
    expect(unknown).to.deep.equal([]);
  });

  it("falls back to KAITO's self-contained image on a V100, in float16, with warnings that name the retirement and a size", () => {
    const object = serving("phi-3-mini-4k-instruct", V100);
    const expansion = expansionOf(object);
    const [container] = podOf(expansion).containers;
    expect(container?.image).to.equal("mcr.microsoft.com/aks/kaito/kaito-phi-3-mini-4k-instruct:0.1.1");
    expect(container?.args).to.include("--torch_dtype=float16");
    expect(container?.resources["requests"]).to.deep.equal({
      cpu: "4",
      "ephemeral-storage": "10Gi",
      memory: "78Gi",
      "nvidia.com/gpu": "1",
    });
    expect(expansion.service?.api).to.deep.equal(["chat"]);
    expect(codes(object)).to.deep.equal(["warning instance-type/retired", "warning runtime/retired"]);
    expect(message(object, "instance-type/retired")).to.equal(
      `${V100} is retired as of 2025-09-30; ${A10} fits at $3.20/h`,
    );
  });

  it("cuts the context of phi-3-mini-128k on 16 GiB and says by how much", () => {
    const object = serving("phi-3-mini-128k-instruct", V100);
    expect(expansionOf(object).memory?.maxModelLen).to.equal(8848);
    expect(message(object, "context/cut")).to.equal(
      "context cut to 8848 of 131072 tokens: 3.25 of 16 GiB are left for the KV cache",
    );
  });

  it("runs phi-4 on two A10 nodes as one Ray cluster in a StatefulSet", () => {
    const expansion = expansionOf(serving("phi-4", A10));
    expect([expansion.workload.kind, expansion.nodeCount, expansion.parallelism?.pipeline]).to.deep.equal([
      "StatefulSet",
      2,
      2,
    ]);
    const [shell, , script] = podOf(expansion).containers[0]?.command ?? [];
    expect(shell).to.equal("/bin/sh");
    expect(podOf(expansion).containers[0]?.args).to.include.members([
      "--distributed-executor-backend=ray",
      "--pipeline-parallel-size=2",
    ]);
    expect(script).to.include("leader --ray_cluster_size=2 --ray_port=29500");
    expect(script).to.include("--address=phi-0.phi-headless.models.svc.cluster.local:29500");
  });

  it("gives the pod a token for gated weights, and lets volumes bring adapters", () => {
    const object = workspace({
      resource: { labelSelector: {}, instanceType: A100 },
      inference: {
        preset: { name: "phi-4", presetOptions: { modelAccessSecret: "hf" } },
        adapters: [{ source: { name: "style", volumeSource: { persistentVolumeClaim: { claimName: "a" } } } }],
      },
    });
    const spec = podOf(expansionOf(object));
    expect(spec.containers[0]?.env).to.deep.include({
      name: "HF_TOKEN",
      valueFrom: { secretKeyRef: { key: "HF_TOKEN", name: "hf", optional: true } },
    });
    expect(spec.containers[0]).to.have.property("volumeMounts").that.deep.includes({
      name: "adapter-volume-style",
      mountPath: "/mnt/adapter/style",
    });
    expect(spec.initContainers).to.equal(undefined);
  });

  it("goes on with a warning when resource checks are bypassed, with a split vLLM can start with", () => {
    // Even sixteen nodes of these would not hold it.
    const own = { "foresail.dev/provision": "false", "foresail.dev/gpu": "4x3Gi/8.6" };
    expect(codes(serving("phi-4", undefined, own))).to.deep.equal(["error instance-type/too-small"]);
    const object = serving("phi-4", undefined, { ...own, "kaito.sh/bypass-resource-checks": "" });
    expect(codes(object)).to.deep.equal(["warning instance-type/too-small"]);
    const { parallelism, memory } = expansionOf(object);
    expect([parallelism, memory]).to.deep.equal([{ tensor: 2, pipeline: 1, data: 2 }, undefined]);
  });

  it("exposes ClusterIP with 80 and 29500, and only 80 on a load balancer", () => {
    const ports = (object: Workspace) =>
      expansionOf(object).service?.ports.map(({ port, targetPort }) => [port, targetPort]);
    expect(ports(serving("phi-4", A100))).to.deep.equal([
      [80, 5000],
      [29500, 29500],
    ]);
    expect(ports(serving("phi-4", A100, { "kaito.sh/enablelb": "True" }))).to.deep.equal([[80, 5000]]);
  });

  it("asks for labels only our claims give, and for the size", () => {
    const affinity = canonicalJson(podOf(expansionOf(serving("phi-4", A100)))["affinity"]);
    for (const part of ['"foresail.dev/workspace"', '"foresail.dev/workspace-namespace"', `"${A100}"`, '"apps"'])
      expect(affinity).to.include(part);
    expect(affinity).not.to.include("kaito.sh/workspace");
  });

  it("shares nodes among Workspaces of one namespace with equal selectors", () => {
    const shared = (name: string) =>
      expansionOf({
        ...serving("phi-4", A100, { "foresail.dev/placement": "shared" }),
        metadata: { name, namespace: "models", annotations: { "foresail.dev/placement": "shared" } },
      });
    expect(shared("a").nodes.share).to.match(/^[0-9a-f]{10}$/);
    expect(shared("a").nodes.share).to.equal(shared("b").nodes.share);
    expect(canonicalJson(podOf(shared("a"))["affinity"])).not.to.include("foresail.dev/workspace");
  });

  it("takes the annotations into account", () => {
    const { nodes, workload, fallbackInstanceTypes } = expansionOf(
      serving("phi-4", A100, {
        "foresail.dev/capacity-type": "spot,on-demand",
        "foresail.dev/zones": "eastus-1, eastus-2",
        "foresail.dev/replicas": "3",
        "foresail.dev/rollout": "recreate",
        "foresail.dev/max-hourly-price": "12.5",
        "foresail.dev/fallback-instance-types": "Standard_NC40ads_H100_v5",
      }),
    );
    expect(nodes).to.deep.include({
      capacityTypes: ["spot", "on-demand"],
      zones: ["eastus-1", "eastus-2"],
      maxHourlyPriceUsd: 12.5,
      hourlyPriceUsd: 3.673,
    });
    expect([workload.replicas, workload.rollout, fallbackInstanceTypes]).to.deep.equal([
      3,
      "recreate",
      ["Standard_NC40ads_H100_v5"],
    ]);
  });

  it("refuses replicas of a model that takes several nodes", () => {
    for (const replicas of ["2", "external"]) {
      const object = serving("phi-4", A10, { "foresail.dev/replicas": replicas });
      expect(message(object, "replicas/several-nodes")).to.match(
        new RegExp(`takes 2 nodes, given ${replicas}: use a larger size, such as Standard_NC24ads_A100_v4 `),
      );
    }
    for (const replicas of ["0", "1"]) {
      expect(expansionOf(serving("phi-4", A10, { "foresail.dev/replicas": replicas })).nodeCount).to.equal(2);
    }
  });

  it("chooses a size one node of which holds a replica where there are to be several", () => {
    const large = (replicas: string, more = {}): Workspace =>
      workspace({
        annotations: { "foresail.dev/replicas": replicas, ...more },
        resource: { labelSelector: {} },
        inference: { preset: { name: "llama-3.3-70b-instruct", presetOptions: { modelAccessSecret: "hf" } } },
      });
    const one = expansionOf(large("1"));
    expect([one.instanceType, one.nodeCount]).to.deep.equal(["Standard_NC24ads_A100_v4", 3]);
    for (const replicas of ["2", "external"]) {
      const { instanceType, nodeCount, workload } = expansionOf(large(replicas));
      expect([instanceType, nodeCount, workload.kind]).to.deep.equal(["Standard_NC80adis_H100_v5", 1, "Deployment"]);
    }
    // No more than the limit allows, and never the cheaper group.
    const limited = large("2", { "foresail.dev/max-hourly-price": "20" });
    expect(message(limited, "instance-type/none-fits")).to.include("2 × Standard_NC80adis_H100_v5 at $27.92/h");
    const pair = serving("deepseek-v3.2", undefined, { "foresail.dev/replicas": "2" });
    expect(message(pair, "instance-type/none-fits")).to.match(
      /without metadata\.annotations\[foresail\.dev\/replicas\] it fits on 2 × Standard_ND96isr_H100_v5/,
    );
  });

  it("leaves replicas to others with replicas: external, and keeps 0", () => {
    expect(expansionOf(serving("phi-4", A100, { "foresail.dev/replicas": "external" })).workload.replicas).to.equal(
      undefined,
    );
    expect(expansionOf(serving("phi-4", A100, { "foresail.dev/replicas": "0" })).workload.replicas).to.equal(0);
  });

  it("buys nothing for own nodes, sizes by the stated GPU, and warns when there is none", () => {
    const own = { "foresail.dev/provision": "false" };
    const stated = expansionOf(serving("phi-4", undefined, { ...own, "foresail.dev/gpu": "2x80Gi/8.0" }));
    expect([
      stated.instanceType,
      stated.gpu?.perNode,
      stated.gpu?.memoryGiB,
      stated.nodes.hourlyPriceUsd,
    ]).to.deep.equal([undefined, 2, 80, undefined]);
    const named = expansionOf(serving("phi-4", undefined, { ...own, "foresail.dev/gpu": "4xA100-80GB" }));
    expect([named.gpu?.model, named.gpu?.perNode]).to.deep.equal(["A100", 4]);
    const nothing = serving("phi-4", undefined, own);
    expect([expansionOf(nothing).memory, expansionOf(nothing).nodeCount]).to.deep.equal([undefined, 1]);
    expect(podOf(expansionOf(nothing)).containers[0]?.args).to.include("--max-model-len=auto");
    expect(codes(nothing)).to.include("warning hardware/unknown");
  });

  it("joins a template's own affinity terms and keeps the rest of it as stated", () => {
    const template = {
      metadata: { labels: { a: "b" } },
      spec: {
        containers: [
          { name: "c", image: "registry.example/x:1", resources: { limits: { "nvidia.com/gpu": 2 } }, env: [] },
        ],
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: "k", operator: "Exists" }] }, { matchFields: [] }],
            },
          },
        },
      },
    };
    const object = workspace({
      resource: { labelSelector: {}, instanceType: "Standard_NC48ads_A100_v4" },
      inference: { template },
    });
    const expansion = expansionOf(object);
    expect([expansion.preset, expansion.gpu?.perNode, expansion.workload.kind]).to.deep.equal([
      undefined,
      2,
      "Deployment",
    ]);
    const spec = podOf(expansion);
    const logOnError = { terminationMessagePolicy: "FallbackToLogsOnError" };
    expect(spec.containers).to.deep.equal(template.spec.containers.map((one) => ({ ...one, ...logOnError })));
    const terms = (spec["affinity"] as typeof template.spec.affinity).nodeAffinity
      .requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms;
    expect(terms).to.have.length(2);
    for (const term of terms) expect(canonicalJson(term)).to.include("foresail.dev/workspace");
  });
});

describe("expand: adapters", () => {
  it("stays under 64 KiB with ten adapters", () => {
    const adapters = Array.from({ length: 10 }, (_, i) => ({
      source: { name: `adapter-${i}`, image: `registry.example/a:${i}`, imagePullSecrets: ["pull"] },
      strength: "0.5",
    }));
    const object = workspace({
      resource: { labelSelector: {}, instanceType: A100 },
      inference: { preset: { name: "phi-4" }, adapters },
    });
    expect(canonicalJson(expansionOf(object)).length).to.be.lessThan(64 * 1024);
  });
});

describe("expand: images", () => {
  it("never runs an artifact-only tag: 0.2.0 of a preset image holds weights and no server", () => {
    const sizes = [undefined, ...catalogue.current.instanceTypes.map((type) => type.name)];
    const objects = everyPreset.flatMap((preset) =>
      sizes.flatMap((size) => [serving(preset, size), tuning(preset, size ?? A100)]),
    );
    const images = objects
      .flatMap((object) => expand(object, catalogue).expansion ?? [])
      .flatMap((expansion) => [...podOf(expansion).containers, ...(podOf(expansion).initContainers ?? [])])
      .map((container) => container.image);
    expect(images.length).to.be.greaterThan(200);
    expect(images.filter((image) => /kaito-(?!base)[^:]*:0\.2\.0/.test(image))).to.deep.equal([]);
    expect(images.filter((image) => !/:[^/]+$/.test(image) || image.endsWith(":latest"))).to.deep.equal([]);
  });
});

describe("expand: refusals", () => {
  const refusals: readonly [string, Workspace, string, RegExp][] = [
    [
      "an unknown preset",
      serving("phi-3-mini-4k-instrct", A100),
      "preset/unknown",
      /nearest are phi-3-mini-4k-instruct/,
    ],
    [
      "a repository the catalogue does not have, with the command that adds it",
      serving("acme/Tiny-8B", A100),
      "preset/unknown",
      /to add it: foresail preset add acme\/Tiny-8B --online \(or --config config\.json\)$/,
    ],
    [
      "a repository like one of the catalogue",
      serving("microsoft/phi-5", A100),
      "preset/unknown",
      /nearest are microsoft\/phi-.*; to add it: foresail preset add microsoft\/phi-5 --online/,
    ],
    [
      "a name no shell should see",
      serving("acme/$(reboot)", A100),
      "preset/unknown",
      /^inference\.preset\.name "acme\/\$\(reboot\)" is not in catalogue \S+: (?!.*preset add)/,
    ],
    ["a preset KAITO once had", serving("falcon-7b", A100), "preset/retired", /nearest preset is phi-4-mini-instruct/],
    [
      "an unknown size",
      serving("phi-4", "Standard_NC24ads_A100_v5"),
      "instance-type/unknown",
      /nearest are Standard_NC24ads_A100_v4/,
    ],
    [
      "a size too small",
      serving("phi-4", V100),
      "instance-type/too-small",
      /one GPU must hold [\d.]+ GiB and offers [\d.]+ GiB of its 16 GiB; in eastus it fits on Standard_NC24ads_A100_v4 \(\$3.67\/h\)/,
    ],
    [
      "both inference and tuning",
      { ...serving("phi-4", A100), tuning: tuning("phi-4", A100).tuning } as Workspace,
      "workspace/one-of",
      /given both/,
    ],
    ["neither", workspace({ resource: { labelSelector: {} } }), "workspace/one-of", /given neither/],
    [
      "no labelSelector",
      workspace({ inference: { preset: { name: "phi-4" } } }),
      "schema/required",
      /resource.labelSelector is required/,
    ],
    [
      "an unknown release",
      serving("phi-4", A100, { "foresail.dev/catalog": "2020.1.0" }),
      "catalog/unknown",
      /it carries 2026.11.0/,
    ],
    [
      "a price above the limit",
      serving("phi-4", A100, { "foresail.dev/max-hourly-price": "1" }),
      "price/above-limit",
      /cost \$3.67\/h: raise it/,
    ],
    [
      "no size under the limit",
      serving("phi-4", undefined, { "foresail.dev/max-hourly-price": "1" }),
      "instance-type/none-fits",
      /Standard_NC24ads_A100_v4 at \$3.67/,
    ],
    [
      "a smaller fallback",
      serving("phi-4", A100, { "foresail.dev/fallback-instance-types": A10 }),
      "instance-type/fallback-unlike",
      /24 GiB per GPU are less than 80/,
    ],
    [
      "a name too long for children",
      { ...serving("phi-4", A100), metadata: { name: "a".repeat(53), namespace: "models" } },
      "name/too-long",
      /53 characters.*room for 52/,
    ],
    [
      "a label of the cloud",
      workspace({
        resource: { instanceType: A100, labelSelector: { matchLabels: { "kubernetes.azure.com/mode": "user" } } },
        inference: { preset: { name: "phi-4" } },
      }),
      "selector/domain",
      /kubernetes.azure.com/,
    ],
    [
      "a data address inside the cluster",
      tuning("phi-4", A100, { input: { urls: ["http://169.254.169.254/latest"] } }),
      "url/internal",
      /169.254.169.254/,
    ],
    [
      "a v4 address mapped into v6",
      tuning("phi-4", A100, { input: { urls: ["http://[::ffff:169.254.169.254]/"] } }),
      "url/internal",
      /inside the cluster or cloud/,
    ],
    [
      "vLLM on a GPU its build lacks",
      serving("phi-4", "Standard_ND40rs_v2", { "kaito.sh/runtime": "vllm" }),
      "runtime/unsupported-gpu",
      /capability 7.0.*Standard_NC24ads_A100_v4/,
    ],
    [
      "an annotation that would promise too much",
      serving("phi-4", A100, { "kaito.sh/model-streaming": "enabled" }),
      "annotation/unsupported",
      /remove it/,
    ],
    [
      "a bad annotation",
      serving("phi-4", A100, { "foresail.dev/replicas": "-1" }),
      "annotation/invalid",
      /from 0 to 10000, or external, given "-1"/,
    ],
  ];
  for (const [what, object, code, expected] of refusals) {
    it(`refuses ${what}`, () => {
      const { expansion, issues } = expand(object, catalogue);
      expect(expansion).to.equal(undefined);
      expect(issues.filter((issue) => issue.level === "error").map((issue) => issue.code)).to.include(code);
      expect(issues.find((issue) => issue.code === code)?.message).to.match(expected);
    });
  }

  it("keeps warnings within the 120 characters Kubernetes asks for", () => {
    const sizes = catalogue.current.instanceTypes.map((type) => type.name);
    for (const preset of everyPreset) {
      for (const size of sizes) {
        for (const { level, message: text } of expand(serving(preset, size), catalogue).issues) {
          if (level === "warning") expect(text.length, text).to.be.at.most(120);
        }
      }
    }
  });
});

describe("expand: laws", () => {
  const objects = fc
    .tuple(
      fc.constantFrom(...everyPreset),
      fc.constantFrom(undefined, V100, A10, A100, "Standard_NC96ads_A100_v4"),
      fc.constantFrom("spot", "on-demand"),
      fc.boolean(),
    )
    .map(([preset, size, capacity, tune]) =>
      tune ? tuning(preset, size ?? A100) : serving(preset, size, { "foresail.dev/capacity-type": capacity }),
    );

  it("is deterministic and leaves its arguments alone", () => {
    fc.assert(
      fc.property(objects, (object) => {
        const before = canonicalJson(object);
        const first = canonicalJson(expand(object, catalogue));
        expect(canonicalJson(expand(structuredClone(object), catalogue))).to.equal(first);
        expect(canonicalJson(object)).to.equal(before);
      }),
    );
  });

  it("is canonical: keys sorted, nothing null or empty but what Kubernetes means", () => {
    fc.assert(
      fc.property(objects, (object) => {
        const { expansion } = expand(object, catalogue);
        if (expansion === undefined) return;
        expect(JSON.stringify(expansion)).to.equal(canonicalJson(expansion));
        expect(emptyMembers(expansion, "")).to.deep.equal([]);
        expect(expansion.inputsHash).to.equal(inputsHash(object));
      }),
    );
  });

  it("depends on no label and on no annotation that is not in the list of inputs", () => {
    const plain = serving("phi-4", A100);
    const others = fc.dictionary(
      fc.oneof(
        fc.string(),
        fc.constantFrom("foresail.dev/upgrade", "foresail.dev/adopt", "kaito.sh/disable-benchmark"),
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(others, others, (labels, more) => {
        const annotations = Object.fromEntries(
          Object.entries(more).filter(([name]) => !(inputAnnotations as readonly string[]).includes(name)),
        );
        const object = { ...plain, metadata: { ...plain.metadata, labels, annotations } };
        expect(canonicalJson(expand(object, catalogue).expansion)).to.equal(canonicalJson(expansionOf(plain)));
      }),
    );
  });

  it("has numbers that the API server writes back as they are: whole, or with few decimals", () => {
    fc.assert(
      fc.property(objects, (object) => {
        for (const number of numbersOf(expand(object, catalogue).expansion))
          expect(String(number)).to.match(/^(0|[1-9]\d{0,9})(\.\d{0,3}[1-9])?$/);
      }),
    );
  });

  it("gives the same for a pin to the running release, but for the hash of the inputs", () => {
    const pinned = expansionOf(serving("phi-4", A100, { "foresail.dev/catalog": "2026.11.0" }));
    const free = expansionOf(serving("phi-4", A100));
    expect({ ...pinned, inputsHash: "" }).to.deep.equal({ ...free, inputsHash: "" });
  });
});

function numbersOf(value: unknown): readonly number[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersOf) : [];
}

function emptyMembers(value: unknown, path: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => emptyMembers(item, `${path}[${i}]`));
  if (!isObject(value)) return value === null || value === "" ? [path] : [];
  return Object.entries(value).flatMap(([key, member]) => {
    const empty =
      (Array.isArray(member) && member.length === 0) || (isObject(member) && Object.keys(member).length === 0);
    return empty && key !== "emptyDir" ? [`${path}.${key}`] : emptyMembers(member, `${path}.${key}`);
  });
}
