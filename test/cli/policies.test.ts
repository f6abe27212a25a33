import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { policiesAmong, policyObjects } from "../../src/cli/policies.ts";
import { asStored } from "../../src/cli/stored.ts";
import { policyIssues } from "../../src/core/policy/issues.ts";
import { UsageError } from "../../src/option.ts";
import { catalogue } from "../core/support/workspaces.ts";
import { shippedPolicies, workspaceOf } from "../support/policies/cases.ts";

const rules = "[{apiGroups: [kaito.sh], apiVersions: [v1beta1], operations: [CREATE], resources: [workspaces]}]";

function policyWith(line: string, more = ""): string {
  return `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: p}
spec:
  matchConstraints: {resourceRules: ${rules}}
${more}  validations:
    - message: fixed
      ${line}
`;
}

const BINDING = `---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: b}
spec: {policyName: p, validationActions: [Deny]}
`;

function file(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "policies-")), "policy.yaml");
  writeFileSync(path, text);
  return path;
}

function issuesOf(text: string) {
  const one = { name: "", allowed: true, workspace: { preset: "phi-4", instanceType: "Standard_NC24ads_A100_v4" } };
  const { workspace } = asStored(workspaceOf(one), "models", catalogue);
  if (workspace === undefined) throw new Error("the Workspace is refused");
  return policyIssues(workspace, { metadata: { name: "models" } }, policiesAmong(policyObjects([file(text)])));
}

describe("policies from files", () => {
  it("are those that ship for `shipped`, with their parameters", () => {
    const { policies, bindings, parameters } = policiesAmong(policyObjects(["shipped"]));
    expect(policies.map(({ name }) => name.replace(".foresail.dev", ".yaml"))).to.deep.equal(shippedPolicies);
    expect(bindings).to.have.length(policies.length);
    expect(parameters.map(({ kind }) => kind)).to.include("ConfigMap");
  });

  for (const [what, line, said] of [
    ["a name that is not there", "expression: nothing == 1", "undeclared reference to 'nothing'"],
    ["a function that is not there", "expression: object.frobnicate()", "undeclared reference to 'frobnicate'"],
    ["types that never fit", "expression: 1 + 'a' == 2", "found no matching overload for '_+_'"],
    ["no bool", "expression: 1 + 1", "must evaluate to bool but got int"],
    ["no expression", "expression: ''", "must be an expression"],
    ["a field of request", "expression: request.nothing == ''", "undefined field 'nothing'"],
  ] as const) {
    it(`are refused with file and line: ${what}`, () => {
      const path = file(policyWith(line));
      expect(() => policiesAmong(policyObjects([path])))
        .to.throw(UsageError)
        .with.property("message")
        .that.satisfies((message: string) => message.startsWith(`${path}:8: spec.validations[0].expression: ${said}`));
    });
  }

  it("are refused with the line of a binding that both denies and warns", () => {
    const path = file(BINDING.replace("[Deny]", "[Deny, Warn]"));
    expect(() => policiesAmong(policyObjects([path]))).to.throw(
      UsageError,
      `${path}:5: spec.validationActions: must not contain`,
    );
  });

  it("that cannot be judged are a warning and never a pass", () => {
    for (const line of [
      "expression: authorizer.group('').resource('pods').check('get').allowed()",
      "expression: request.userInfo.username == 'alice'",
      "expression: \"{?'a': optional.of(1)}.size() == 1\"",
    ]) {
      const issues = issuesOf(policyWith(line) + BINDING);
      expect(issues.map(({ code, level, policy }) => [code, level, policy])).to.deep.equal([
        ["policy/not-judged", "warning", "p"],
      ]);
    }
  });

  it("that ask a parameter which is not among the files are not judged", () => {
    const params = "  paramKind: {apiVersion: v1, kind: ConfigMap}\n";
    const ref = "paramRef: {name: gone, parameterNotFoundAction: Allow}";
    const [issue] = issuesOf(
      policyWith("expression: 'false'", params) + BINDING.replace("{policyName", `{${ref}, policyName`),
    );
    expect(issue).to.include({ code: "policy/not-judged", level: "warning" });
  });

  it("say the field their message begins with", () => {
    const about = (message: string) =>
      issuesOf(policyWith("expression: 'false'").replace("fixed", JSON.stringify(message)) + BINDING);
    for (const [message, path] of [
      ["expansion.nodes.region: no", "expansion.nodes.region"],
      ["metadata.annotations[foresail.dev/catalog]: no", "metadata.annotations[foresail.dev/catalog]"],
      ["expansion of mine: no", ""],
      ["no", ""],
    ] as const) {
      expect(about(message)[0]).to.include({ path, message, code: "policy/denied", level: "error", policy: "p" });
    }
  });
});
