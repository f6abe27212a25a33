import { expect } from "chai";
import { describe, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { takenOverFields } from "../../../src/core/take-over/managed-fields.ts";

function entry(
  manager: string,
  operation: "Apply" | "Update",
  fieldsV1: JsonObject,
  more: JsonObject = {},
): JsonObject {
  return { manager, operation, apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1, ...more };
}

function live(...managedFields: readonly JsonObject[]): JsonObject {
  return { apiVersion: "v1", kind: "Service", metadata: { name: "phi", managedFields } };
}

const SELECTOR = { "f:spec": { "f:selector": { "f:kaito.sh/workspace": {} } } };
const PORTS = { "f:spec": { "f:ports": { ".": {}, 'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:port": {} } } } };

describe("the fields of an object that changes hands", () => {
  it("are ours, as if we had applied what KAITO and others wrote", () => {
    const made = takenOverFields(
      live(entry("workspace", "Update", SELECTOR), entry("kubectl-edit", "Update", PORTS)),
      "foresail",
    );
    const both = { "f:spec": { ...SELECTOR["f:spec"], ...PORTS["f:spec"] } };
    expect(made).to.deep.equal([entry("foresail", "Apply", both)]);
  });

  it("are one entry with what we have applied already: the API server takes no two of a name", () => {
    const made = takenOverFields(
      live(entry("foresail", "Apply", PORTS), entry("workspace", "Update", SELECTOR)),
      "foresail",
    );
    expect(made.map(({ manager, operation }) => `${String(manager)} ${String(operation)}`)).to.deep.equal([
      "foresail Apply",
    ]);
  });

  it("stay theirs where others apply them, or write the status", () => {
    const status = entry("kube-controller-manager", "Update", { "f:status": {} }, { subresource: "status" });
    const gitops = entry("kustomize-controller", "Apply", { "f:metadata": { "f:labels": { "f:team": {} } } });
    const made = takenOverFields(live(gitops, entry("workspace", "Update", SELECTOR), status), "foresail");
    expect(made.slice(1)).to.deep.equal([gitops, status]);
  });

  it("are left as they are where nobody wrote any", () => {
    const gitops = entry("kustomize-controller", "Apply", SELECTOR);
    expect(takenOverFields(live(gitops), "foresail")).to.deep.equal([gitops]);
  });

  it("touch no prototype", () => {
    const hostile = JSON.parse('{"f:spec":{"__proto__":{"polluted":{}}}}') as JsonObject;
    takenOverFields(live(entry("a", "Update", hostile), entry("b", "Update", hostile)), "foresail");
    expect(({} as JsonObject)["polluted"]).to.equal(undefined);
  });
});
