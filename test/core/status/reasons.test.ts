import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { kaitoOnly, reasonGroups } from "../../../src/core/status/reasons.ts";
import { packageRoot } from "../../../src/package-root.ts";

// KAITO v0.12.0: api/v1beta1/condition_types.go and the strings of pkg/workspace/controllers.
const KAITO = [
  "NodeClaimsReady",
  "NodesReady",
  "workspaceResourceStatusSuccess",
  "ModelMirrorReady",
  "NodeClaimNotReady",
  "NodeNotReady",
  "workspaceResourceStatusNotReady",
  "ModelMirrorNotReady",
  "WorkspaceInferenceStatusSuccess",
  "WorkspaceInferenceStatusPending",
  "SASTokenFetchFailed",
  "ImagePullError",
  "ContainerCrashLoopBackOff",
  "ContainerOOMKilled",
  "ContainerStartError",
  "PodEvicted",
  "NodeDiskPressure",
  "NodeMemoryPressure",
  "Unschedulable",
  "ModelStreamingStorageClassNotFound",
  "ModelStreamingInvalidStorageClass",
  "ModelStreamingServiceAccountInvalid",
  "ModelStreamingInvalidAnnotations",
  "ModelMirrorCreateFailed",
  "WorkspaceTuningJobStatusStarted",
  "WorkspaceTuningJobStatusPending",
  "WorkspaceTuningJobStatusFailed",
  "workspaceSucceeded",
  "workspacePending",
  "workspaceFailed",
  "workspaceDeleted",
  "BenchmarkCompleted",
  "BenchmarkFailed",
  "ModelMirrorPending",
];

describe("the list of reasons", () => {
  const all = reasonGroups.flatMap(({ reasons }) => Object.entries(reasons));

  it("says of each what it means, what to do next and whether it stalls, and names each once", () => {
    for (const [reason, { meaning, next, stalled }] of all) {
      expect(meaning, reason).to.match(/^[A-Z].*\.$/);
      expect(next, reason).to.match(/\w/).and.not.match(/\.$/);
      expect(stalled, reason).to.match(/^(never|always|when .+)$/);
    }
    const names = all.map(([reason]) => reason);
    expect(new Set(names).size).to.equal(names.length);
  });

  it("leaves room for the case before the next step", () => {
    for (const [reason, { next }] of all) expect(next.length, reason).to.be.at.most(250);
  });

  it("has a place for every reason KAITO publishes", () => {
    const told = [...all.map(([, { kaito }]) => kaito ?? ""), ...Object.keys(kaitoOnly)].join(" ");
    const words = new Set(told.split(/[\s,()]+/));
    expect(KAITO.filter((reason) => !words.has(reason))).to.deep.equal([]);
  });

  it("is told, each of them, in a test on the real API server", () => {
    const files = globSync("test/cluster/**/*.test.ts", { cwd: packageRoot() });
    const words = new Set(files.flatMap((file) => readFileSync(join(packageRoot(), file), "utf8").split(/\W+/)));
    expect(all.map(([reason]) => reason).filter((reason) => !words.has(reason))).to.deep.equal([]);
  });

  it("is what docs/reasons.md lists", () => {
    const page = readFileSync(join(packageRoot(), "docs/reasons.md"), "utf8");
    for (const [reason, { meaning }] of all) expect(page).to.contain(`| \`${reason}\` | ${meaning} |`);
  });
});
