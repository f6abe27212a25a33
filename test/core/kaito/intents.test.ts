import { expect } from "chai";
import { describe, it } from "mocha";
import { findInstanceType, findModel } from "../../../src/core/catalogue.ts";
import { expand } from "../../../src/core/expand.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { readOptions } from "../../../src/core/options.ts";
import { catalogue, serving } from "../support/workspaces.ts";
import { inferenceIntents, resourceIntents, tuningIntents, v1alpha1Intents, workspaceIntents } from "./intents.ts";
import { itAnswers } from "./judge.ts";
import { A100, annotated } from "./rule-row.ts";

// What the unit tests of KAITO v0.12 (api/*/…_test.go) want, and what we answer; settings of servers and training runs are
// in rules.test.ts and config/*.test.ts.

describe("KAITO's intents: TestResourceSpecValidateUpdate, TestValidatePartition", () => itAnswers(resourceIntents));
describe("KAITO's intents: TestInferenceSpecValidate…, TestAdapterSpecValidateCreateorUpdate", () =>
  itAnswers(inferenceIntents));
describe("KAITO's intents: TestWorkspaceValidate…", () => itAnswers(workspaceIntents));
describe("KAITO's intents: TestTuningSpecValidate…, TestDataSource…, TestDataDestination…", () =>
  itAnswers(tuningIntents));
describe("KAITO's intents: api/v1alpha1", () => itAnswers(v1alpha1Intents));

const runtimeOf = (object: Workspace): string | undefined => expand(object, catalogue).expansion?.preset?.runtime;

describe("KAITO's intents: TestGetWorkspaceRuntimeName", () => {
  it("no annotation: vllm", () => {
    expect(runtimeOf(serving("phi-4", A100))).to.equal("vllm");
  });

  it("the annotation decides", () => {
    for (const runtime of ["vllm", "transformers"]) {
      expect(runtimeOf(annotated("kaito.sh/runtime", runtime))).to.equal(runtime);
    }
  });

  it("an unknown value: refused, because KAITO takes it for vllm without a word", () => {
    const { issues } = expand(annotated("kaito.sh/runtime", "vLLM"), catalogue);
    expect(issues.map(({ message }) => message)).to.deep.equal([
      'metadata.annotations[kaito.sh/runtime] must be vllm or transformers, given "vLLM"',
    ]);
  });

  it("nil: taken for a Workspace without annotations, because a panic helps nobody", () => {
    const bare = { metadata: { name: "a" } } as unknown as Workspace;
    expect(readOptions(bare)).to.deep.include({ issues: [] });
  });
});

describe("KAITO's intents: TestIsValidPreset", () => {
  const known = (name: string): boolean => findModel(catalogue.current, name) !== undefined;

  it("short names, Hugging Face names and older names, whatever the case", () => {
    for (const name of ["phi-4", "microsoft/phi-4", "MICROSOFT/Phi-4", "mistral-7b-instruct", "gemma-3-4b-instruct"]) {
      expect(known(name), name).to.equal(true);
    }
  });

  it("nothing, halves and unknown short names: refused", () => {
    for (const name of ["", "/", "/m", "org/", "no-such-model"]) {
      const { issues } = expand(serving(name, A100), catalogue);
      expect(
        issues.map(({ code }) => code),
        name,
      ).to.deep.equal(["preset/unknown"]);
    }
  });

  it("org/model/x: refused, because Hugging Face has no such names", () => {
    expect(known("microsoft/phi-4/x")).to.equal(false);
  });

  it("falcon and phi-2 are in its list and not valid: denied with the nearest preset that lives", () => {
    for (const name of ["phi-2", "falcon-7b", "falcon-40b-instruct"]) {
      const { issues } = expand(serving(name, A100), catalogue);
      expect(
        issues.map(({ code }) => code),
        name,
      ).to.include("preset/retired");
      expect(issues.map(({ message }) => message).join(), name).to.match(/the nearest preset is \S/);
    }
  });
});

describe("KAITO's intents: GPU sizes", () => {
  const release = catalogue.current;

  it("known sizes are found whatever the case, unknown ones not", () => {
    expect(findInstanceType(release, A100.toLowerCase())?.name).to.equal(A100);
    expect(findInstanceType(release, "Standard_X")).to.equal(undefined);
  });

  it("of Azure and AWS: count and memory, here of one GPU", () => {
    const of = (name: string): unknown => {
      const { gpuCount, gpuMemoryGiB } = findInstanceType(release, name) ?? {};
      return [gpuCount, gpuMemoryGiB];
    };
    expect(of("Standard_NC48ads_A100_v4")).to.deep.equal([2, 80]);
    expect(of("p4d.24xlarge")).to.deep.equal([8, 40]);
  });

  it("of Arc: not carried, because there the nodes are one's own and foresail.dev/gpu states them", () => {
    const arc = serving("phi-4", "Standard_NK6", {
      "foresail.dev/provision": "false",
      "foresail.dev/gpu": "2x24Gi/8.9",
    });
    expect(expand(arc, catalogue).expansion?.gpu).to.include({ perNode: 2, memoryGiB: 24 });
  });

  it("labels of nodes: not read, because admission asks no cluster", () => {
    const { expansion, issues } = expand(serving("phi-4", undefined, { "foresail.dev/provision": "false" }), catalogue);
    expect(expansion?.memory).to.equal(undefined);
    expect(issues.map(({ code }) => code)).to.deep.equal(["hardware/unknown"]);
  });
});
