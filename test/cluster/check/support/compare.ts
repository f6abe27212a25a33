import { reportOf } from "../../../../src/cli/check/report-of.ts";
import { unstated } from "../../../../src/cli/input/manifest.ts";
import { isObject, type JsonObject } from "../../../../src/core/json.ts";
import { isRefusal } from "../../../../src/core/lint/settle.ts";
import { objectMetaIssues } from "../../../../src/core/object-meta.ts";
import { policyIssues } from "../../../../src/core/policy/issues.ts";
import type { Policies } from "../../../../src/core/policy/policy.ts";
import type { Finding } from "../../../../src/core/report/report.ts";
import { undecided } from "../../../core/support/undecided.ts";
import { catalogue } from "../../../core/support/workspaces.ts";
import { cluster } from "../../support/cluster.ts";

const DENIED = "denied request: ";
/** What check says the cluster refuses of a manifest by itself, by the policies that are in force. */
export function refusals(object: JsonObject, namespace: string, policies: Policies): readonly Finding[] {
  const manifest = unstated(object, "in");
  const options = {
    namespace,
    catalogue,
    toolVersion: "0.0.0",
    decisions: undecided,
    policies: (workspace: Parameters<typeof policyIssues>[0], space: JsonObject) =>
      policyIssues(workspace, space, policies),
  };
  return reportOf([manifest], options).findings.filter(isRefusal);
}

interface Status {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly message?: string; readonly field?: string }[] };
}

/**
 * How the API server and check differ about a manifest; undefined: not at all. What the API server refuses by itself it says
 * in its own words and only the first of it: there the fields must be the same.
 */
export async function difference(
  object: JsonObject,
  namespace: string,
  policies: Policies,
): Promise<string | undefined> {
  const found = refusals(object, namespace, policies);
  const path = `/apis/${String(object["apiVersion"])}/namespaces/${namespace}/workspaces?dryRun=All&fieldValidation=Strict`;
  const answer = await cluster().api.call({ method: "POST", path, body: object });
  const status = isObject(answer.body) ? (answer.body as Status) : {};
  const message = status.message ?? "";
  const said = found.map((one) => `${one.code} ${one.path}: ${one.message}`).join(" | ");
  const differ = (what: string): string => `${what}: server ${answer.status} ${message} <> check ${said || "nothing"}`;
  // A version that is not served has no resource.
  if (answer.status === 404 && found.some(({ code }) => code === "workspace/version")) return undefined;
  if (answer.status === 201) return found.length === 0 ? undefined : differ("only check refuses");
  if (found.length === 0) return differ("only the API server refuses");
  const policy = message.indexOf(DENIED);
  if (answer.status === 403 && message.includes("ValidatingAdmissionPolicy") && policy >= 0) {
    const words = message.slice(policy + DENIED.length);
    const own = found.every(({ code }) => code === "policy/denied") && found.some((one) => one.message === words);
    return own ? undefined : differ("other words of a policy");
  }
  if (answer.status === 403) {
    const theirs = (status.details?.causes ?? []).map((cause) => cause.message ?? "").sort();
    // The body of a review is refused whole, before anything in it is read.
    if (theirs.length === 0 && message.includes("cannot be kept exactly")) return undefined;
    // What the API server would look at afterwards, and does not come to.
    const later = objectMetaIssues(object["metadata"]).map((issue) => issue.message);
    const ours = found.map((one) => one.message).filter((words) => !later.includes(words));
    return JSON.stringify(theirs) === JSON.stringify(ours.sort()) ? undefined : differ("other words");
  }
  return found.some(({ path: field }) => names(message, field)) ? undefined : differ("another field");
}

/** Whether the words of the API server name this field: by its path, or as Go names a member of metadata. */
function names(message: string, field: string): boolean {
  if (field === "metadata") return message.includes("v1.ObjectMeta");
  // It shows lists and maps alike with dots, where check has brackets.
  const dotted = field.replace(/\[([^\]]*)\]/g, ".$1");
  if (message.includes(field) || message.includes(dotted)) return true;
  const [, member] = /^metadata\.(\w+)/.exec(field) ?? [];
  return member !== undefined && new RegExp(`(ObjectMeta|OwnerReference|metadata)\\.${member}\\b`).test(message);
}
