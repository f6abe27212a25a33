import { conditionAt, isTrue, textAt } from "../../core/capacity/fields.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Example } from "./examples.ts";
import { isThere, messageOf } from "./story.ts";

/** What the view knows when it gives up. */
export interface Seen {
  readonly workspaces: readonly JsonObject[];
  readonly pods: readonly JsonObject[];
  readonly claims: readonly JsonObject[];
  readonly nodes: readonly JsonObject[];
  /** Components of the control plane that do not run though they should. */
  readonly stopped: readonly string[];
}

/** What is missing, one line each, the cause before its consequences. Empty when every example is there. */
export function missing(examples: readonly Example[], seen: Seen): readonly string[] {
  const stopped = seen.stopped.map((name) => `${name} is not running`);
  const unmet = [...examples.flatMap((example) => workspaceMissing(example, seen)), ...claimsMissing(seen)];
  return unmet.length === 0 ? [] : [...stopped, ...unmet];
}

function workspaceMissing({ namespace, name, shown }: Example, seen: Seen): readonly string[] {
  const workspace = seen.workspaces.find((one) => isNamed(one, namespace, name));
  if (workspace === undefined) return [`Workspace ${namespace}/${name} of ${shown} is not there`];
  if (isThere(workspace)) return [];
  if (workspace["expansion"] === undefined) return [`Workspace ${namespace}/${name} has no expansion`];
  const pods = seen.pods.filter((pod) => textAt(pod, "metadata", "labels", "kaito.sh/workspace") === name);
  const own = pods.filter((pod) => textAt(pod, "metadata", "namespace") === namespace);
  const waiting = own.filter((pod) => !isUp(pod)).map(podMissing);
  if (waiting.length > 0) return waiting;
  const what = own.length === 0 ? "has no pod" : "is not ready though its pods are";
  return [`Workspace ${namespace}/${name} ${what}: ${messageOf(workspace, "Ready")}`];
}

function podMissing(pod: JsonObject): string {
  const name = `pod ${textAt(pod, "metadata", "namespace")}/${textAt(pod, "metadata", "name")}`;
  const node = textAt(pod, "spec", "nodeName");
  if (node === undefined) return `${name} has no node: ${messageOf(pod, "PodScheduled")}`;
  return `${name} is on ${node} and not Ready: ${messageOf(pod, "Ready")}`;
}

function isUp(pod: JsonObject): boolean {
  return isTrue(conditionAt(pod, "Ready")) || textAt(pod, "status", "phase") === "Succeeded";
}

const steps = [
  ["Launched", "nobody has launched a machine for it"],
  ["Registered", "its node has not registered"],
  ["Initialized", "its node is not Ready with its GPUs"],
  ["Ready", "it is not Ready"],
] as const;

function claimsMissing({ claims }: Seen): readonly string[] {
  return claims.flatMap((claim) => {
    const step = steps.find(([type]) => !isTrue(conditionAt(claim, type)));
    if (step === undefined) return [];
    const said = conditionAt(claim, step[0]) === undefined ? "" : ` (${messageOf(claim, step[0])})`;
    return [`claim ${textAt(claim, "metadata", "name")}: ${step[1]}${said}`];
  });
}

function isNamed(object: JsonObject, namespace: string, name: string): boolean {
  return textAt(object, "metadata", "namespace") === namespace && textAt(object, "metadata", "name") === name;
}
