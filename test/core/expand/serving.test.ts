import { expect } from "chai";
import { describe, it } from "mocha";
import type { Catalogue } from "../../../src/core/catalogue.ts";
import { expand } from "../../../src/core/expand.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { changed, living, serverOf, specOf, variables } from "../support/served.ts";
import { catalogue, serving, tuning, workspace } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const CLAIM = "foresail.dev/weights-claim";
const LOCAL = "kaito.sh/use-local-weights";

describe("the token of a gated model", () => {
  const gated = (annotations: { readonly [name: string]: string } = {}, secret?: string): Workspace =>
    workspace({
      annotations,
      resource: { labelSelector: {}, instanceType: A100 },
      inference: {
        preset: {
          name: "llama-3.1-8b-instruct",
          ...(secret === undefined ? {} : { presetOptions: { modelAccessSecret: secret } }),
        },
      },
    });
  const tokenOf = (object: Workspace): JsonObject | undefined =>
    serverOf(object).env.find(({ name }) => name === "HF_TOKEN")?.valueFrom;

  it("is asked for with what to do, unless the weights are there already or come from a mirror", () => {
    const [issue] = expand(gated(), catalogue).issues;
    expect(issue?.code).to.equal("model/token-required");
    expect(issue?.message).to.include("https://huggingface.co/meta-llama/Llama-3.1-8B-Instruct");
    expect(issue?.message).to.include("--from-literal=HF_TOKEN=");
    expect(expand(gated({ [CLAIM]: "c" }), catalogue).expansion).to.not.equal(undefined);
    expect(expand(gated({ [LOCAL]: "true" }), catalogue).expansion).to.not.equal(undefined);
    const mirrors = { images: [], pullSecrets: [], huggingFaceEndpoint: "https://hf.example" };
    const release = { ...catalogue.current, mirrors };
    expect(expand(gated(), { current: release, releases: [release] }).expansion).to.not.equal(undefined);
  });

  it("must be there before such a model starts, and may be missing for others", () => {
    expect(tokenOf(gated({}, "hf"))).to.deep.equal({ secretKeyRef: { key: "HF_TOKEN", name: "hf" } });
    const open = workspace({
      resource: { labelSelector: {}, instanceType: A100 },
      inference: { preset: { name: "phi-4", presetOptions: { modelAccessSecret: "hf" } } },
    });
    expect(tokenOf(open)).to.deep.equal({ secretKeyRef: { key: "HF_TOKEN", name: "hf", optional: true } });
  });

  it("is not asked for to tune: the weights are an artifact of the registry", () => {
    const with_ = changed("phi-4", { gated: true });
    expect(expand(tuning("phi-4", A100), with_).issues.map(({ code }) => code)).to.not.include("model/token-required");
    expect(expand(serving("phi-4", A100), with_).issues.map(({ code }) => code)).to.include("model/token-required");
  });
});

describe("what a model needs of its server", () => {
  it("wins over the variables every server gets", () => {
    const env = { VLLM_USE_DEEP_GEMM: "1", Z_LAST: "z" };
    const values = variables(serverOf(serving("phi-4", A100), changed("phi-4", { env })));
    expect([values["VLLM_USE_DEEP_GEMM"], values["VLLM_USE_FLASHINFER_SAMPLER"], values["Z_LAST"]]).to.deep.equal([
      "1",
      "0",
      "z",
    ]);
    expect(variables(serverOf(serving("phi-4", A100)))["VLLM_USE_DEEP_GEMM"]).to.equal("0");
  });

  it("may be NVIDIA's compiler: installed into a volume of the pod, never of the node", () => {
    const object = serving("phi-4", A100);
    const with_ = changed("phi-4", { cudaToolkit: true });
    const { volumes, initContainers } = specOf(object, with_);
    expect(volumes).to.deep.include({ name: "cuda-toolkit", emptyDir: { sizeLimit: "4Gi" } });
    expect(volumes.filter((volume) => volume["hostPath"] !== undefined)).to.deep.equal([]);
    const [installer] = initContainers ?? [];
    expect([installer?.name, installer?.image, installer?.["command"], installer?.["args"]]).to.deep.equal([
      "cuda-toolkit-provisioner",
      serverOf(object).image,
      ["/workspace/cuda-provision.sh"],
      ["/opt/kaito/cuda/129"],
    ]);
    const server = serverOf(object, with_);
    expect(variables(server)["CUDA_HOME"]).to.equal("/opt/kaito/cuda/129");
    const mount = { mountPath: "/opt/kaito/cuda/129", name: "cuda-toolkit", readOnly: true };
    expect(server.volumeMounts).to.deep.include(mount);
    expect(specOf(object).initContainers).to.equal(undefined);
  });

  it("may be code of its repository, of the pinned commit; no other model runs any", () => {
    const flags = (with_: Catalogue): readonly string[] =>
      serverOf(serving("phi-4", A100), with_).args.filter((arg) => /code/.test(arg));
    expect(flags(changed("phi-4", { trustRemoteCode: true, revision: "abc" }))).to.deep.equal([
      "--code-revision=abc",
      "--trust-remote-code",
    ]);
    for (const { name, trustRemoteCode } of living) {
      const { args } = serverOf(serving(name));
      expect(
        args.some((arg) => /trust.remote.code/.test(arg)),
        name,
      ).to.equal(trustRemoteCode);
    }
  });

  it("is never a variable of a Service: one named vllm would stop every vLLM beside it", () => {
    expect(specOf(serving("phi-4", A100)).enableServiceLinks).to.equal(false);
  });
});
