import { expect } from "chai";
import { describe, it } from "mocha";
import { expand } from "../../../src/core/expand.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { type Container, changed, expansionOf, living, serverOf, specOf, variables } from "../support/served.ts";
import { catalogue, serving, workspace } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const A10 = "Standard_NV36ads_A10_v5";
const V100 = "Standard_NC6s_v3";
const CLAIM = "foresail.dev/weights-claim";
const LOCAL = "kaito.sh/use-local-weights";
const BYO = { "foresail.dev/provision": "false", "foresail.dev/gpu": "1xA100-80GB" };

const warningsOf = (object: Workspace): readonly string[] =>
  expand(object, catalogue)
    .issues.map(({ code }) => code)
    .filter((code) => code.startsWith("weights"));

describe("weights", () => {
  it("are downloaded to the pod's own room on the node, which is asked for", () => {
    const object = serving("phi-4", A100);
    const volume = specOf(object).volumes.find(({ name }) => name === "model-weights-volume");
    const { sizeLimit = "" } = (volume?.["emptyDir"] ?? {}) as { readonly sizeLimit?: string };
    const sizeGiB = Number.parseInt(sizeLimit, 10);
    // 27.3 GiB of weights, and room for caches.
    expect(sizeGiB).to.be.within(36, 45);
    expect(serverOf(object).resources.requests["ephemeral-storage"]).to.equal(`${sizeGiB + 10}Gi`);
    expect(serverOf(object).volumeMounts).to.deep.include({
      mountPath: "/workspace/weights",
      name: "model-weights-volume",
    });
  });

  it("never ask for more disk than their node has", () => {
    expect(living).to.have.length.of.at.least(60);
    for (const { name } of living) {
      const object = serving(name);
      const { nodes } = expansionOf(object);
      const asked = Number.parseInt(serverOf(object).resources.requests["ephemeral-storage"] ?? "", 10);
      // The kubelet keeps a tenth for itself, the image takes some 30 GiB.
      expect(asked + 30, name).to.be.at.most(0.9 * nodes.storageGiB);
    }
  });

  it("lie on a disk of the StorageClass the catalogue names, made with the pod", () => {
    const with_ = changed("", {}, { weightsStorageClass: "managed-csi" });
    const object = serving("phi-4", A100);
    expect(specOf(object, with_).volumes.find(({ name }) => name === "model-weights-volume")).to.deep.equal({
      ephemeral: {
        volumeClaimTemplate: {
          metadata: { labels: { "kaito.sh/workspace": "phi" } },
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "39Gi" } },
            storageClassName: "managed-csi",
          },
        },
      },
      name: "model-weights-volume",
    });
    expect(serverOf(object, with_).resources.requests["ephemeral-storage"]).to.equal("10Gi");
    expect(expansionOf(object, with_).nodes.storageGiB).to.be.below(expansionOf(object).nodes.storageGiB);
  });

  it("come from a claim, take no room of the node, and let in one pod after the other", () => {
    const object = serving("phi-4", A100, { [CLAIM]: "mine" });
    expect(specOf(object).volumes).to.deep.include({
      name: "model-weights-volume",
      persistentVolumeClaim: { claimName: "mine" },
    });
    expect(serverOf(object).resources.requests["ephemeral-storage"]).to.equal("10Gi");
    const { workload, nodes } = expansionOf(object);
    expect([workload.rollout, nodes.storageGiB]).to.deep.equal(["recreate", 80]);
    expect(warningsOf(object)).to.deep.equal(["weights-claim/recreate"]);
  });

  it("on a claim of several pods need ReadWriteMany, and that is said", () => {
    const shared = (annotations: { [name: string]: string }, size = A100): readonly string[] =>
      warningsOf(serving("phi-4", size, { [CLAIM]: "mine", ...annotations }));
    for (const annotations of [
      { "foresail.dev/replicas": "2" },
      { "foresail.dev/replicas": "external" },
      { "foresail.dev/rollout": "surge" },
    ])
      expect(shared(annotations), JSON.stringify(annotations)).to.deep.equal(["weights-claim/shared"]);
    expect(shared({}, A10)).to.deep.equal(["weights-claim/shared"]);
    const surge = serving("phi-4", A100, { [CLAIM]: "mine", "foresail.dev/rollout": "surge" });
    expect(expansionOf(surge).workload.rollout).to.equal("surge");
  });

  it("have the caches beside them, of each image its own, shared by no two pods", () => {
    const caches = ["FLASHINFER_WORKSPACE_BASE", "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR", "VLLM_CACHE_ROOT"];
    const claim = (annotations = {}): Container => serverOf(serving("phi-4", A100, { [CLAIM]: "c", ...annotations }));
    for (const server of [claim(), serverOf(serving("phi-4", A100))]) {
      const values = variables(server);
      for (const name of caches) expect(values[name]).to.match(/^\/workspace\/weights\/\.cache\/kaito-base-0\.5\.0/);
      expect([values["HF_HOME"], values["HF_HUB_CACHE"]]).to.deep.equal([
        "/workspace/weights/.cache/huggingface",
        "/workspace/weights",
      ]);
    }
    expect(variables(claim({ "foresail.dev/replicas": "2" }))).to.not.have.any.keys(...caches);
    expect(variables(claim({ "foresail.dev/replicas": "2" }))).to.include.keys("HF_HOME", "HF_HUB_CACHE");
  });

  it("of the node are mounted from KAITO's place, read-only, and nothing is downloaded", () => {
    const named = (name: string): Workspace => {
      const object = serving(name, undefined, { ...BYO, [LOCAL]: "true" });
      return object;
    };
    const path = "/opt/kaito/models/microsoft-phi-4";
    const { volumes } = specOf(named("microsoft/Phi-4"));
    expect(volumes.map(({ name }) => name)).to.not.include("model-weights-volume");
    expect(volumes).to.deep.include({ name: "model-weights-hostpath", hostPath: { path, type: "Directory" } });
    const server = serverOf(named("microsoft/Phi-4"));
    expect(server.volumeMounts).to.deep.include({ mountPath: path, name: "model-weights-hostpath", readOnly: true });
    expect(server.args).to.include.members([
      "--load-format=runai_streamer",
      `--model=${path}`,
      "--served-model-name=phi-4",
    ]);
    const flags = server.args.map((arg) => arg.replace(/=.*/, ""));
    expect(flags).to.not.include.members(["--revision", "--tokenizer-revision", "--download-dir"]);
    expect(specOf(named("phi-4")).volumes).to.deep.include({
      name: "model-weights-hostpath",
      hostPath: { path: "/opt/kaito/models/phi-4", type: "Directory" },
    });
  });

  it("of the node are read in the format the preset states, and by the transformers server, too", () => {
    const ministral = serverOf(serving("ministral-3-8b-instruct-2512", undefined, { ...BYO, [LOCAL]: "true" }));
    expect(ministral.args).to.include("--load-format=mistral");
    const annotations = { ...BYO, [LOCAL]: "true", "kaito.sh/runtime": "transformers" };
    const { args } = serverOf(serving("phi-3-mini-4k-instruct", undefined, annotations));
    expect(args).to.include("--pretrained_model_name_or_path=/opt/kaito/models/phi-3-mini-4k-instruct");
    expect(args.join(" ")).to.not.match(/allow_remote_files|--revision/);
  });

  it("of the node must be there: new nodes are warned about, images with weights and templates ignore it", () => {
    expect(warningsOf(serving("phi-4", A100, { [LOCAL]: "true" }))).to.deep.equal(["weights/local-on-new-node"]);
    expect(warningsOf(serving("phi-4", undefined, { ...BYO, [LOCAL]: "true" }))).to.deep.equal([]);
    expect(warningsOf(serving("phi-3-mini-4k-instruct", V100, { [LOCAL]: "true", [CLAIM]: "c" }))).to.deep.equal([
      "weights/ignored",
      "weights/ignored",
    ]);
    const template = { spec: { containers: [{ name: "c", image: "nginx" }] } };
    const own = workspace({
      annotations: { [LOCAL]: "true" },
      resource: { labelSelector: {}, instanceType: A100 },
      inference: { template },
    });
    expect(warningsOf(own)).to.deep.equal(["weights/ignored"]);
  });
});
