import { expect } from "chai";
import { apply_patch } from "jsonpatch";
import { describe, it } from "mocha";
import { admit } from "../../../src/core/admit.ts";
import { objectAt, textAt, textsAt } from "../../../src/core/capacity/fields.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { expandPod } from "../../../src/core/preset-pod/expand-pod.ts";
import { catalogue } from "../support/workspaces.ts";
import { NAMESPACE, podReview, presetPod } from "./support.ts";

const answer = (pod: JsonObject, more: JsonObject = {}, phase: "mutate" | "validate" = "mutate"): JsonObject =>
  objectAt(admit(podReview(pod, more), catalogue, phase), "response");

function patchOf(response: JsonObject): readonly JsonObject[] {
  return JSON.parse(Buffer.from(textAt(response, "patch") ?? "", "base64").toString("utf8")) as JsonObject[];
}

describe("admission of preset pods", () => {
  it("patches a pod into what expansion makes of it", () => {
    const pod = presetPod();
    const after = apply_patch(pod, patchOf(answer(pod)) as never);
    expect(after).to.deep.equal(expandPod(pod, NAMESPACE, catalogue).pod);
  });

  it("answers its own output without a patch and without a word", () => {
    const response = answer(expandPod(presetPod(), NAMESPACE, catalogue).pod ?? {});
    expect(response).to.deep.equal({ uid: "review-1", allowed: true });
  });

  it("warns of a template without the gate, and expands it", () => {
    const response = answer(presetPod({ spec: { schedulingGates: [] } }));
    expect(textsAt(response, "warnings").join()).to.include("foresail.dev/expand");
    expect(response).to.have.property("patch");
    expect(answer(presetPod())).to.not.have.property("warnings");
  });

  it("refuses with 403, every problem at once, by label and annotation", () => {
    const response = answer(presetPod({ preset: "phi-44", annotations: { "foresail.dev/replicas": "2" } }));
    expect(response["allowed"]).to.equal(false);
    expect(objectAt(response, "status")).to.include({ code: 403, reason: "Forbidden" });
    const codes = (objectAt(response, "status", "details")["causes"] as JsonObject[]).map(({ reason }) => reason);
    expect(codes).to.include.members(["preset/unknown", "annotation/unsupported"]);
  });

  it("lets every other pod through: without the label, of a Workspace, on its way out, of another kind of request", () => {
    const pod = presetPod();
    const metadata = objectAt(pod, "metadata");
    const other = (labels: JsonObject): JsonObject => ({ ...pod, metadata: { ...metadata, labels } });
    const plain = { uid: "review-1", allowed: true };
    expect(answer(other({ app: "phi" }))).to.deep.equal(plain);
    expect(answer(other({ "foresail.dev/preset": "phi-4", "kaito.sh/workspace": "phi" }))).to.deep.equal(plain);
    expect(answer(pod, { operation: "UPDATE" })).to.deep.equal(plain);
    expect(answer(pod, { subResource: "binding" })).to.deep.equal(plain);
    expect(answer(pod, {}, "validate")).to.deep.equal(plain);
    expect(answer(pod, { object: null })).to.deep.equal(plain);
  });

  it("leaves a pod alone that a replica of another version has expanded", () => {
    const { pod = {} } = expandPod(presetPod(), NAMESPACE, catalogue);
    const metadata = objectAt(pod, "metadata");
    const later = { ...pod, metadata: { ...metadata, annotations: { "foresail.dev/expanded": "2099.1.0" } } };
    expect(answer(later)).to.deep.equal({ uid: "review-1", allowed: true });
    // Stated by a user beside the gate, the word means nothing.
    const claimed = presetPod({ annotations: { "foresail.dev/expanded": "2099.1.0" } });
    expect(answer(claimed)).to.have.property("patch");
  });

  it("bounds what it walks over, and needs a container", () => {
    const deep = Array.from({ length: 200 }).reduce<JsonObject>((inner) => ({ inner }), {});
    expect(objectAt(answer(presetPod({ spec: { x: deep } })), "status")["code"]).to.equal(403);
    const many = Array.from({ length: 20_000 }, (_, i) => ({ name: `c${i}` }));
    expect(objectAt(answer(presetPod({ spec: { containers: many } })), "status")["code"]).to.equal(403);
    expect(objectAt(answer(presetPod({ spec: { containers: [] } })), "status")["code"]).to.equal(403);
  });
});
