import { error, type Issue, warning } from "../issue.ts";
import type { JsonObject } from "../json.ts";
import { groupOf } from "../kinds/is-workspace.ts";
import { WORKSPACE_VERSION, type Workspace, workspaceKind } from "../kinds/workspace.ts";
import { judge, type Verdict } from "./judge.ts";
import type { Policies } from "./policy.ts";
import type { Request } from "./request.ts";

/** An issue, and the policy that has it. */
export interface PolicyIssue extends Issue {
  readonly policy: string;
}

/** Messages begin with the field they are about, as the shipped ones do. */
const FIELD = /^((?:expansion|inference|metadata|resource|tuning)(?:\.[\w-]+|\[[^\]]*\])*): /;

/**
 * What policies say of a Workspace that is created.
 * @param workspace as admission would store it, with its expansion
 * @param namespaceObject the Namespace it is in; only name and labels where no more is known
 */
export function policyIssues(
  workspace: Workspace,
  namespaceObject: JsonObject,
  policies: Policies,
): readonly PolicyIssue[] {
  const verdicts = judge(policies, creation(workspace, namespaceObject));
  const seen = new Set<string>();
  return verdicts.flatMap(issueOf).filter(({ policy, code, message }) => {
    // Two bindings, or two parameters, may say the same.
    const key = JSON.stringify([policy, code, message]);
    return seen.size < seen.add(key).size;
  });
}

function creation(workspace: Workspace, namespaceObject: JsonObject): Request {
  const { kind, plural, versions } = workspaceKind;
  const { name, namespace } = workspace.metadata as { readonly name?: string; readonly namespace?: string };
  const version = String(workspace.apiVersion ?? "").split("/")[1] ?? WORKSPACE_VERSION;
  return {
    operation: "CREATE",
    group: groupOf(workspace),
    version,
    kind,
    resource: plural,
    versions: versions.map((one) => one.name),
    name: name ?? "",
    namespace: namespace ?? "default",
    object: workspace as unknown as JsonObject,
    namespaceObject,
  };
}

function issueOf({ policy, binding, actions, denied, notJudged, absent }: Verdict): readonly PolicyIssue[] {
  if (notJudged !== undefined) {
    const message = `not judged: ${notJudged}; the API server judges by policy ${policy} itself`;
    return [{ ...warning("", "policy/not-judged", message), policy }];
  }
  if (absent) {
    const message = `not judged: no parameter of policy ${policy} for binding ${binding} is among the files: add it to what is checked`;
    return [{ ...warning("", "policy/not-judged", message), policy }];
  }
  if (denied === undefined) return [];
  const path = FIELD.exec(denied.message)?.[1] ?? "";
  if (actions.includes("Deny")) return [{ ...error(path, "policy/denied", denied.message), policy }];
  return actions.includes("Warn") ? [{ ...warning(path, "policy/warned", denied.message), policy }] : [];
}
