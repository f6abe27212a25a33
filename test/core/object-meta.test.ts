import { expect } from "chai";
import { describe, it } from "mocha";
import { objectMetaIssues } from "../../src/core/object-meta.ts";

function told(metadata: unknown): readonly string[] {
  return objectMetaIssues(metadata).map(({ code, path }) => `${code} ${path}`);
}

/** What the API server says of the same is compared in test/cluster/check. */
describe("metadata, as the API server reads it", () => {
  it("may have every field that exists, and nulls", () => {
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "a", uid: "1", controller: true };
    const labels = { "example.com/a": "", b: "c.d_e-f" };
    const annotations = { "Example.com/A": "anything at all", b: null };
    const stated = {
      name: "a",
      namespace: "b",
      generation: 1,
      finalizers: ["example.com/kept"],
      ownerReferences: [owner],
    };
    expect(told({ ...stated, labels, annotations, uid: null, managedFields: [{}] })).to.deep.equal([]);
    expect(told(undefined)).to.deep.equal([]);
  });

  it("has fields of one type each", () => {
    const wrong = {
      labels: { a: 1 },
      annotations: [],
      finalizers: ["a", 1],
      ownerReferences: ["a"],
      uid: 1,
      generation: "1",
    };
    expect(told(wrong)).to.deep.equal([
      "schema/type metadata.labels[a]",
      "schema/type metadata.annotations",
      "schema/type metadata.finalizers[1]",
      "schema/type metadata.ownerReferences[0]",
      "schema/type metadata.uid",
      "schema/type metadata.generation",
    ]);
    expect(told("name")).to.deep.equal(["schema/type metadata"]);
    expect(told({ ownerReferences: [{ name: 1, nope: 1, controller: "yes" }] })).to.deep.equal([
      "schema/type metadata.ownerReferences[0].name",
      "schema/unknown-field metadata.ownerReferences[0].nope",
      "schema/type metadata.ownerReferences[0].controller",
    ]);
  });

  it("has no other field", () => {
    expect(told({ lables: {}, constructor: 1 })).to.deep.equal([
      "schema/unknown-field metadata.lables",
      "schema/unknown-field metadata.constructor",
    ]);
  });

  it("has labels, annotations, finalizers and owners of the form that is stored", () => {
    const labels = { "a b": "c", d: "e f", "/g": "", "a/b/c": "" };
    expect(
      told({ labels, annotations: { "a b": "" }, finalizers: ["a b"], ownerReferences: [{ name: "x" }] }),
    ).to.deep.equal([
      "schema/invalid metadata.labels[a b]",
      "schema/invalid metadata.labels[/g]",
      "schema/invalid metadata.labels[a/b/c]",
      "schema/invalid metadata.annotations[a b]",
      "schema/invalid metadata.finalizers[0]",
      "schema/invalid metadata.labels[d]",
      "schema/required metadata.ownerReferences[0].apiVersion",
      "schema/required metadata.ownerReferences[0].kind",
      "schema/required metadata.ownerReferences[0].uid",
    ]);
    expect(told({ annotations: { a: "x".repeat(256 * 1024) } })).to.deep.equal(["schema/invalid metadata.annotations"]);
  });
});
