import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import type { Condition } from "../../../src/core/kinds/workspace-status.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { kubectl, mustKubectl, read, waitFor } from "../support/cluster.ts";

export const READY_TIMEOUT_MS = 60_000;
const A100 = "Standard_NC24ads_A100_v4";
const TWO_A100 = "Standard_NC48ads_A100_v4";

export function workspacePath(namespace: string, name: string): string {
  return `/apis/kaito.sh/v1beta1/namespaces/${namespace}/workspaces/${name}`;
}

export async function getWorkspace(namespace: string, name: string): Promise<Workspace | undefined> {
  return await read<Workspace>(workspacePath(namespace, name));
}

export async function mustGetWorkspace(namespace: string, name: string): Promise<Workspace> {
  const workspace = await getWorkspace(namespace, name);
  if (workspace === undefined) throw new Error(`Workspace ${namespace}/${name} is not there`);
  return workspace;
}

export function conditionOf(workspace: Workspace | undefined, type: string): string | undefined {
  return workspace?.status?.conditions?.find((condition) => condition.type === type)?.status;
}

/** A line for each condition: the end of a log is short. */
function shown(conditions: readonly Condition[] = []): string {
  return conditions.map(({ type, status, reason, message }) => `\n${type} ${status} ${reason}: ${message}`).join("");
}

/** Waits until the reconciler says of the present generation that a condition is True. */
export async function waitForCondition(namespace: string, name: string, type: string): Promise<Workspace> {
  let last: Workspace | undefined;
  try {
    return await waitFor(
      `${type} of ${namespace}/${name}`,
      async () => {
        last = await getWorkspace(namespace, name);
        const current = last?.status?.observedGeneration === last?.metadata.generation;
        return current && conditionOf(last, type) === "True" ? last : undefined;
      },
      READY_TIMEOUT_MS,
    );
  } catch (error) {
    throw new Error(`${String(error)}; conditions: ${shown(last?.status?.conditions)}`);
  }
}

/** Waits until a condition of the Workspace has this reason and these words in its message, and gives it. */
export async function waitForReason(
  namespace: string,
  name: string,
  type: string,
  reason: string,
  words = "",
): Promise<Condition> {
  let last: readonly Condition[] | undefined;
  const found = waitFor(`${type} of ${namespace}/${name} because of ${reason}: ${words}`, async () => {
    last = (await getWorkspace(namespace, name))?.status?.conditions;
    return last?.find((one) => one.type === type && one.reason === reason && one.message.includes(words));
  });
  return await found.catch((error: unknown) => {
    throw new Error(`${String(error)}; conditions: ${shown(last)}`);
  });
}

export function manifest(name: string, fields: JsonObject, metadata: JsonObject = {}): JsonObject {
  return { apiVersion: "kaito.sh/v1beta1", kind: "Workspace", metadata: { ...metadata, name }, ...fields };
}

export function serving(name: string, preset: string, instanceType?: string, metadata: JsonObject = {}): JsonObject {
  const resource = {
    labelSelector: { matchLabels: { apps: name } },
    ...(instanceType === undefined ? {} : { instanceType }),
  };
  return manifest(name, { resource, inference: { preset: { name: preset } } }, metadata);
}

/** A training that ends. */
export function training(name: string): JsonObject {
  return manifest(name, {
    resource: { instanceType: A100, labelSelector: { matchLabels: { apps: name } } },
    tuning: {
      preset: { name: "phi-3-mini-4k-instruct" },
      method: "lora",
      input: { urls: ["https://example.test/data.parquet"] },
      output: { image: "registry.example/out:1", imagePushSecret: "push" },
    },
  });
}

/** One GPU of a node that has two, shared with all others of these. */
export function sharing(name: string): JsonObject {
  const gpu = { "nvidia.com/gpu": "1" };
  const resources = { requests: { cpu: "4", memory: "16Gi", ...gpu }, limits: gpu };
  const template = { spec: { containers: [{ name: "model", image: "registry.example/model:1", resources }] } };
  const resource = { instanceType: TWO_A100, labelSelector: { matchLabels: { apps: "pool" } } };
  return manifest(name, { resource, inference: { template } }, { annotations: { "foresail.dev/placement": "shared" } });
}

export async function applyIn(namespace: string, object: JsonObject, ...flags: string[]): Promise<string> {
  return await mustKubectl(["apply", "-n", namespace, ...flags, "-f", "-"], JSON.stringify(object));
}

/** `foresail render` as a user runs it, from another directory, locale, time zone and with an empty environment. */
export async function renderProcess(args: readonly string[], input = ""): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "foresail-render-"));
  const child = spawn(join(packageRoot(), "bin", "foresail.js"), ["render", ...args], {
    cwd: directory,
    env: { PATH: process.env.PATH ?? "", LANG: "tr_TR.UTF-8", TZ: "Pacific/Kiritimati", HOME: directory },
  });
  child.stdin.end(input);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`foresail render ended with ${code}: ${Buffer.concat(err).toString()}`);
  return Buffer.concat(out).toString();
}

/** The Workspaces that `foresail render --format json` prints. */
export async function rendered(args: readonly string[], input = ""): Promise<readonly Workspace[]> {
  const list: { items: readonly Workspace[] } = JSON.parse(await renderProcess([...args, "--format", "json"], input));
  return list.items;
}

/** What a refusal is: kubectl's stderr of a command that must fail. */
export async function refused(args: readonly string[], input: JsonObject): Promise<string> {
  const result = await kubectl(args, JSON.stringify(input));
  if (result.code === 0) throw new Error(`kubectl ${args.join(" ")} succeeded: ${result.stdout}`);
  return result.stderr;
}
