import { expect } from "chai";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { expand } from "../../../src/core/expand.ts";
import { canonicalJson, type JsonObject } from "../../../src/core/json.ts";
import type { Expansion, Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, serving, tuning, workspace } from "../support/workspaces.ts";

const V100 = "Standard_NC6s_v3";
const A100 = "Standard_NC24ads_A100_v4";
const FOUR_A100 = "Standard_NC96ads_A100_v4";

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly resources: { readonly limits: JsonObject; readonly requests: JsonObject };
}
interface Pod {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly [key: string]: unknown;
}

function expansionOf(object: Workspace): Expansion {
  const { expansion, issues } = expand(object, catalogue);
  if (expansion === undefined) throw new Error(issues.map((issue) => issue.message).join("\n"));
  return expansion;
}
const podOf = (expansion: Expansion): Pod => expansion.podTemplate["spec"] as unknown as Pod;
const codes = (object: Workspace): readonly string[] =>
  expand(object, catalogue).issues.map(({ level, code }) => `${level} ${code}`);
const message = (object: Workspace, code: string): string =>
  expand(object, catalogue).issues.find((issue) => issue.code === code)?.message ?? "";
/** The container that trains, wherever it is. */
function trainerOf(expansion: Expansion): Container {
  const { containers, initContainers = [] } = podOf(expansion);
  const trainer = [...initContainers, ...containers].find(({ name }) => name === "model");
  if (trainer === undefined) throw new Error("nothing trains");
  return trainer;
}

describe("expand: tuning", () => {
  it("trains in an init container and pushes in the only container, so that a failed run ends", () => {
    const expansion = expansionOf(tuning("phi-3-mini-4k-instruct", V100));
    const spec = podOf(expansion);
    expect([expansion.workload, expansion.service, expansion.memory]).to.deep.equal([
      { kind: "Job", name: "phi" },
      undefined,
      undefined,
    ]);
    expect(spec.initContainers?.map((c) => c.name)).to.deep.equal(["data-downloader", "model"]);
    expect(spec.containers.map((c) => c.name)).to.deep.equal(["pusher"]);
    expect(spec.initContainers?.[1]?.image).to.equal("mcr.microsoft.com/aks/kaito/kaito-phi-3-mini-4k-instruct:0.1.1");
    expect(spec.initContainers?.[0]?.args).to.include("train.parquet");
  });

  it("takes the number format the GPU has, and quotes words that YAML 1.1 reads as booleans", () => {
    const file = (size: string): string =>
      expansionOf(tuning("phi-3-mini-4k-instruct", size)).files?.["training_config.yaml"] ?? "";
    expect(file(V100))
      .to.include("torch_dtype: float16")
      .and.include("bnb_4bit_compute_dtype: float16")
      .and.include('save_strategy: "no"');
    expect(file(A100)).to.include("torch_dtype: bfloat16");
  });

  it("trains on the base image with downloaded weights on newer GPUs", () => {
    const spec = podOf(expansionOf(tuning("phi-4", A100)));
    expect(spec.initContainers?.map((c) => c.name)).to.deep.equal([
      "model-weights-downloader",
      "data-downloader",
      "model",
    ]);
    expect(spec.initContainers?.[0]?.args).to.include("mcr.microsoft.com/aks/kaito/kaito-phi-4:0.2.0");
  });

  it("never asks for more disk than its node has", () => {
    const tunable = catalogue.current.models.filter((model) => model.tuning !== undefined);
    expect(tunable).to.have.length(10);
    for (const { name } of tunable) {
      const expansion = expansionOf(tuning(name, FOUR_A100));
      const asked = Number.parseInt(String(trainerOf(expansion).resources.requests["ephemeral-storage"]), 10);
      // The kubelet keeps a tenth for itself, the image takes some 30 GiB.
      expect(asked + 30, name).to.be.at.most(0.9 * expansion.nodes.storageGiB);
    }
  });

  it("pulls data from an image with the user's credentials, and mounts a volume that has it", () => {
    const source = { image: "registry.example/data:1", imagePullSecrets: ["pull"] };
    const pulled = podOf(expansionOf(tuning("phi-3-mini-4k-instruct", V100, { input: source })));
    expect(pulled.initContainers?.map((c) => c.name)).to.deep.equal(["puller", "model"]);
    expect(pulled.initContainers?.[0]?.env).to.deep.include({ name: "TARGET", value: "/mnt/data" });
    expect(pulled["volumes"]).to.deep.include({
      name: "docker-config-tuning-input",
      projected: {
        sources: [{ secret: { name: "pull", items: [{ key: ".dockerconfigjson", path: "pull.json" }] } }],
      },
    });
    const input = { volumeSource: { persistentVolumeClaim: { claimName: "in", readOnly: false } } };
    const mounted = podOf(expansionOf(tuning("phi-3-mini-4k-instruct", V100, { input })));
    expect(mounted.initContainers?.map((c) => c.name)).to.deep.equal(["model"]);
    expect(mounted["volumes"]).to.deep.include({ name: "data-volume", ...input.volumeSource });
  });

  it("is refused for a preset that cannot be tuned, naming those that can", () => {
    const models = catalogue.current.models.map((m) => (m.name === "phi-4" ? { ...m, tuning: undefined } : m));
    const release = { ...catalogue.current, models: models as typeof catalogue.current.models };
    const { issues } = expand(tuning("phi-4", A100), { current: release, releases: [release] });
    expect(issues.map(({ code }) => code)).to.deep.equal(["preset/not-tunable"]);
    expect(issues[0]?.message).to.match(/these can: .*phi-3-mini-4k-instruct/);
  });

  it("writes to a volume without a pusher", () => {
    const spec = podOf(
      expansionOf(tuning("phi-4", A100, { output: { volumeSource: { persistentVolumeClaim: { claimName: "out" } } } })),
    );
    expect(spec.containers.map((c) => c.name)).to.deep.equal(["model"]);
  });

  it("mounts the user's own configuration instead of ours", () => {
    const expansion = expansionOf(tuning("phi-4", A100, { config: "mine" }));
    expect(expansion.files).to.equal(undefined);
    expect(canonicalJson(podOf(expansion))).to.include('"configMap":{"name":"mine"}');
  });

  it("refuses a GPU that cannot hold the weights", () => {
    expect(message(tuning("phi-4", V100, { method: "lora" }), "instance-type/too-small")).to.include("31.86 GiB");
  });
});

describe("expand: tuning, the run", () => {
  it("starts one process for each GPU and asks for all of them", () => {
    for (const [size, count] of [
      [A100, 1],
      [FOUR_A100, 4],
    ] as const) {
      const trainer = trainerOf(expansionOf(tuning("phi-4", size)));
      expect(trainer.command).to.deep.equal(["accelerate"]);
      expect(trainer.args).to.deep.equal(["launch", `--num_processes=${count}`, "/workspace/tfs/fine_tuning.py"]);
      expect(trainer.resources.limits["nvidia.com/gpu"]).to.equal(String(count));
    }
  });

  it("runs on own nodes whose GPUs are stated", () => {
    const object = tuning("phi-4", A100);
    const own: Workspace = {
      ...object,
      metadata: {
        ...object.metadata,
        annotations: { "foresail.dev/provision": "false", "foresail.dev/gpu": "2xA100-80GB" },
      },
      resource: { labelSelector: { matchLabels: { pool: "gpu" } } },
    };
    const expansion = expansionOf(own);
    expect([expansion.nodes.provision, expansion.workload.kind, expansion.instanceType]).to.deep.equal([
      false,
      "Job",
      undefined,
    ]);
    expect(trainerOf(expansion).args).to.include("--num_processes=2");
    expect(canonicalJson(podOf(expansion)["affinity"]))
      .to.include('"pool"')
      .and.not.include("instance-type");
  });

  it("goes to the same nodes as serving would: tolerations, labels, size", () => {
    const [tuned, served] = [expansionOf(tuning("phi-4", A100)), expansionOf(serving("phi-4", A100))];
    expect(podOf(tuned)["tolerations"]).to.deep.equal(podOf(served)["tolerations"]);
    expect(podOf(tuned)["affinity"]).to.deep.equal(podOf(served)["affinity"]);
  });

  it("names the modules to adapt of every architecture the library in the image has no default for", () => {
    // PEFT 0.11.1, utils/constants.py: TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING, of the families here.
    const withDefault = ["MistralForCausalLM"];
    for (const model of catalogue.current.models.filter((one) => one.tuning !== undefined)) {
      const size = catalogue.current.instanceTypes.find((type) =>
        codes(tuning(model.name, type.name)).every((code) => code.startsWith("warning")),
      );
      expect(size, model.name).to.not.equal(undefined);
      const targets = trainerOf(expansionOf(tuning(model.name, size?.name ?? ""))).env?.find(
        ({ name }) => name === "DEFAULT_TARGET_MODULES",
      )?.value;
      if (withDefault.includes(model.architecture)) continue;
      expect(targets ?? "", model.name).to.match(/^\w+(,\w+)*$/);
    }
    const phi3 = trainerOf(expansionOf(tuning("phi-3-mini-4k-instruct", A100))).env;
    expect(phi3).to.deep.include({
      name: "DEFAULT_TARGET_MODULES",
      value: "k_proj,q_proj,v_proj,o_proj,gate_proj,down_proj,up_proj",
    });
  });

  it("needs no token for any preset: weights come as an artifact from the registry", () => {
    for (const model of catalogue.current.models.filter((one) => one.tuning !== undefined)) {
      expect(codes(tuning(model.name, FOUR_A100)).filter((code) => code.includes("token"))).to.deep.equal([]);
    }
  });

  const defaults: { readonly [method: string]: JsonObject } = {
    lora: { load_in_4bit: false },
    QLoRA: {
      load_in_4bit: true,
      bnb_4bit_quant_type: "nf4",
      bnb_4bit_compute_dtype: "bfloat16",
      bnb_4bit_use_double_quant: true,
    },
  };
  for (const [method, quantization] of Object.entries(defaults)) {
    it(`has KAITO's defaults for ${method} where no configuration is named`, () => {
      const file = expansionOf(tuning("phi-4", A100, { method })).files?.["training_config.yaml"] ?? "";
      expect(parse(file, { version: "1.1" })).to.deep.equal({
        training_config: {
          ModelConfig: { torch_dtype: "bfloat16", local_files_only: true, device_map: "auto" },
          QuantizationConfig: quantization,
          LoraConfig: { r: 8, lora_alpha: 8, lora_dropout: 0 },
          TrainingArguments: {
            output_dir: "/mnt/results",
            ddp_find_unused_parameters: false,
            save_strategy: "no",
            per_device_train_batch_size: 1,
          },
          DataCollator: { mlm: true },
          DatasetConfig: { shuffle_dataset: true, train_test_split: 1 },
        },
      });
    });
  }

  it("refuses slices of a GPU, and more than one node", () => {
    const object = tuning("phi-4", A100);
    const asks = (resource: JsonObject): Workspace =>
      ({ ...object, resource: { ...object.resource, ...resource } }) as Workspace;
    expect(codes(asks({ partition: { mode: "mig", profile: "1g.10gb" } }))).to.include("error tuning/partition");
    expect(codes(asks({ count: 2 }))).to.include("error tuning/one-node");
    expect(codes(asks({ count: 1 }))).to.not.include("error tuning/one-node");
  });

  it("downloads what an address says, whatever the kubelet would make of it", () => {
    const input = { urls: ["https://example.com/$(TARGET)/$$x.json"] };
    const { initContainers = [] } = podOf(expansionOf(tuning("phi-4", A100, { input })));
    const downloader = initContainers.find(({ name }) => name === "data-downloader");
    const [, address] = (downloader?.["args"] ?? []) as readonly string[];
    expect(address).to.equal("https://example.com/$$(TARGET)/$$$$x.json");
  });

  it("downloads every address under a name that keeps its extension", () => {
    const urls = [
      "https://example.com/a/train.parquet?x=1",
      "https://example.com/b/more.jsonl",
      "https://example.com/",
    ];
    const downloader = podOf(expansionOf(tuning("phi-4", A100, { input: { urls } }))).initContainers?.find(
      ({ name }) => name === "data-downloader",
    );
    expect(downloader?.args).to.deep.equal([
      "download",
      ...[urls[0], "0-train.parquet"],
      ...[urls[1], "1-more.jsonl"],
      ...[urls[2], "2-"],
    ]);
  });

  it("is refused beside serving: a Workspace does one of them", () => {
    expect(codes({ ...serving("phi-4", A100), tuning: tuning("phi-4", A100).tuning } as Workspace)).to.include(
      "error workspace/one-of",
    );
    expect(codes(workspace({ resource: { labelSelector: {} } }))).to.include("error workspace/one-of");
  });
});
