import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { describe, it, type Suite } from "mocha";
import type { Json } from "../../../src/core/json.ts";
import type { ControlPlane } from "../../../src/local/control-plane.ts";
import type { KubectlResult } from "../../../src/local/kubectl.ts";
import type { Capabilities } from "../../../src/local/tools.ts";
import { until } from "../../../src/local/until.ts";

const BUSY_MS = 1_000;

let running: ControlPlane | undefined;

/** For the test runner, which owns the control plane of a run. */
export function provideCluster(controlPlane: ControlPlane | undefined): void {
  running = controlPlane;
}

/** The control plane of this run. Call it in hooks and tests, not while a file is loaded. */
export function cluster(): ControlPlane {
  if (running === undefined) {
    throw new Error("no control plane is running: start cluster tests with `node test/support/run.ts all FILE`");
  }
  return running;
}

/**
 * `describe` for tests that need components which KUBEBUILDER_ASSETS does not bring: without them its tests are skipped by
 * name, hooks included; in CI, where all must be there, it fails.
 */
export function describeWith(
  components: readonly (keyof Capabilities)[],
  title: string,
  body: (this: Suite) => void,
): void {
  const missing = components.filter((name) => running !== undefined && !running.capabilities[name]);
  if (missing.length === 0) describe(title, body);
  else if (process.env.CI !== "true") describe.skip(title, body);
  else
    describe(title, () => {
      it(`needs ${missing.join(", ")}`, () => {
        throw new Error(`this control plane has no ${missing.join(", ")}; install Go 1.26`);
      });
    });
}

/** Creates a fresh namespace, ready for pods, and gives its name. It goes with the control plane. */
export async function namespace(prefix: string): Promise<string> {
  const name = `${prefix}-${randomBytes(4).toString("hex")}`;
  const { api, capabilities } = cluster();
  await api.must({
    method: "POST",
    path: "/api/v1/namespaces",
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name } },
  });
  if (capabilities.controllerManager) {
    await waitFor(`the service account of ${name}`, async () => {
      return (await api.call({ path: `/api/v1/namespaces/${name}/serviceaccounts/default` })).status === 200;
    });
  }
  return name;
}

/** Runs kubectl as administrator; a non-zero exit is a result. `input` goes to its stdin. */
export function kubectl(args: readonly string[], input?: string): Promise<KubectlResult> {
  return cluster().kubectl(args, input);
}

/** As kubectl, but gives stdout and throws what kubectl said when it fails. */
export async function mustKubectl(args: readonly string[], input?: string): Promise<string> {
  const result = await kubectl(args, input);
  if (result.code === 0) return result.stdout;
  throw new Error(`kubectl ${args.join(" ")} ended with ${result.code}: ${result.stderr.trim()}`);
}

/** Server-side apply of objects given as data; throws when the server refuses one. */
export async function apply(...objects: readonly Json[]): Promise<void> {
  const list = { apiVersion: "v1", kind: "List", items: objects };
  await mustKubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], JSON.stringify(list));
}

/** Reads one object as administrator, or gives undefined when it is not there. The caller says what it is. */
export async function read<T = Json>(path: string): Promise<T | undefined> {
  const answer = await cluster().api.call({ path });
  if (answer.status === 404) return undefined;
  if (answer.status === 429) {
    // "storage is (re)initializing", after a definition was changed: it asks for a second.
    await pause(BUSY_MS);
    return await read(path);
  }
  if (answer.status >= 300) throw new Error(`GET ${path} gave ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body as T;
}

/** Reads a list; its items are what the caller says. */
export async function readItems<T>(path: string): Promise<readonly T[]> {
  return (await read<{ readonly items: readonly T[] }>(path))?.items ?? [];
}

/**
 * Asks `probe` until it gives something other than undefined or false, and returns that; throws after `timeoutMs`, naming
 * `description`. What the probe throws counts as "not yet" and is named in the end.
 */
export function waitFor<T>(
  description: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 60_000,
): Promise<T> {
  return until(description, timeoutMs, probe);
}
