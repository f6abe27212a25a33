import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { parse, parseAllDocuments } from "yaml";
import { WORKSPACE_GROUPS } from "../src/core/kinds/workspace.ts";
import { packageRoot } from "../src/package-root.ts";
import { shippedPolicies } from "./support/policies/cases.ts";

interface Policy {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly failurePolicy: string;
    readonly matchConstraints: { readonly matchPolicy: string; readonly resourceRules: readonly Rule[] };
    readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
    readonly validations: readonly {
      readonly reason?: string;
      readonly message?: string;
      readonly messageExpression?: string;
    }[];
  };
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
}

interface Binding {
  readonly kind: string;
  readonly spec: { readonly policyName: string; readonly validationActions: readonly string[] };
}

const directory = join(packageRoot(), "policies");
const files = shippedPolicies;

describe("every policy of policies/", () => {
  it("is one of a few", () => expect(files).to.include("gpus-per-workspace.yaml"));

  it("is installed by the kustomization, with its parameters", () => {
    const { resources } = parse(readFileSync(join(directory, "kustomization.yaml"), "utf8"));
    expect(resources).to.deep.equal(["parameters.yaml", ...files]);
  });

  for (const file of files) {
    const documents = parseAllDocuments(readFileSync(join(directory, file), "utf8")).map((one) => one.toJS());
    const [{ apiVersion, kind, metadata, spec }, binding]: [Policy, Binding] = documents as [Policy, Binding];

    it(`${file} is a ValidatingAdmissionPolicy over Workspaces, and its binding denies`, () => {
      expect(documents).to.have.length(2);
      expect([apiVersion, kind]).to.deep.equal(["admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"]);
      expect([spec.failurePolicy, spec.matchConstraints.matchPolicy]).to.deep.equal(["Fail", "Equivalent"]);
      for (const { apiGroups, resources } of spec.matchConstraints.resourceRules) {
        expect([apiGroups, resources], "status is never judged").to.deep.equal([[...WORKSPACE_GROUPS], ["workspaces"]]);
      }
      expect(binding.kind).to.equal("ValidatingAdmissionPolicyBinding");
      expect(binding.spec).to.include({ policyName: metadata.name });
      expect(binding.spec.validationActions).to.deep.equal(["Deny"]);
    });

    it(`${file} lets go what is on its way out, and what was let in and has not changed`, () => {
      expect(spec.matchConditions).to.deep.include.members([
        { name: "not-deleting", expression: "!has(object.metadata.deletionTimestamp)" },
        {
          name: "new-or-changed",
          expression: "request.operation == 'CREATE' || object.?expansion != oldObject.?expansion",
        },
      ]);
    });

    it(`${file} denies with Forbidden, on which no engine deletes the live object, and says why`, () => {
      expect(spec.validations).to.not.be.empty;
      for (const { reason, message, messageExpression } of spec.validations) {
        expect(reason).to.equal("Forbidden");
        expect(message ?? messageExpression, "a message").to.be.a("string").that.is.not.empty;
      }
    });
  }
});
