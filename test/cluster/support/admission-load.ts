import { request as requestTls } from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { Agent, request } from "undici";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import { Hopeless } from "../../../src/local/until.ts";
import { cluster, read, waitFor } from "./cluster.ts";
import { CONFIGURATION_PATHS, ofWorkspaces } from "./webhook.ts";

/** The API server holds up a write for this long when a webhook does not answer. */
const TIMEOUT_MS = 5_000;
const RETRY_PAUSE_MS = 50;

/** A load that goes wrong ends after so many failures. */
const MOST_FAILURES = 20;

/** Calls that go on until they are stopped. */
export interface Load {
  /** Calls that succeeded so far. */
  readonly succeeded: () => number;
  /** Resolves when so many calls more have succeeded; rejects at once when one has failed. */
  more(calls: number): Promise<void>;
  /** Stops; gives what failed, and of the calls that came through only by repeating how often, and the longest time one took. */
  stop(): Promise<LoadResult>;
}

/** Runs `action` under the loads and stops them however it ends; gives what they saw, in their order. */
export async function under(loads: readonly Load[], action: () => Promise<void>): Promise<readonly LoadResult[]> {
  try {
    await action();
  } finally {
    for (const load of loads) await load.stop();
  }
  return await Promise.all(loads.map((load) => load.stop()));
}

export interface LoadResult {
  readonly failures: readonly string[];
  readonly retried: number;
  readonly slowestMs: number;
}

export interface LoadOptions {
  readonly clients: number;
  /** Repeat a failed call as controllers and GitOps engines do, for as long as the webhook's timeout. */
  readonly retries: boolean;
}

/** Creates that are only tried, sent by the API server itself to the webhook. */
export function throughApiServer({ clients, retries }: LoadOptions): Load {
  let n = 0;
  return run(clients, retries, async () => {
    const answer = await cluster().api.call({
      method: "POST",
      path: "/apis/kaito.sh/v1beta1/namespaces/default/workspaces?dryRun=All",
      body: workspace(`load-${++n}`),
    });
    if (answer.status !== 201) return `${answer.status} ${messageOf(answer.body)}`;
    return isObject(answer.body) && answer.body["expansion"] !== undefined ? undefined : "stored without an expansion";
  });
}

/** Reviews over kept connections, by a client that trusts what the configuration says at that moment, as API servers do. */
export function verifyingKeptAlive(url: string, trust: () => string, clients: number): Load {
  let agent: Agent | undefined;
  let trusted = "";
  let n = 0;
  return run(clients, false, async () => {
    const ca = trust();
    if (agent === undefined || ca !== trusted) {
      // As an API server: another bundle, another set of connections.
      agent = new Agent({ connect: { ca }, connections: clients });
      trusted = ca;
    }
    const uid = `kept-${++n}`;
    const answer = await request(`${url}/mutate`, {
      dispatcher: agent,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(review(uid)),
    });
    const text = await answer.body.text();
    return answer.statusCode === 200 && text.includes(uid) ? undefined : `${answer.statusCode} ${text}`;
  });
}

/** Reviews, each over a connection of its own; `served` gets the serial number of every certificate seen. */
export function verifyingAnew(port: number, trust: () => string, served: (serial: string) => void): Load {
  let n = 0;
  return run(1, false, () => {
    const uid = `anew-${++n}`;
    return new Promise((resolve) => {
      const options = { host: "127.0.0.1", port, path: "/mutate", method: "POST", ca: trust(), agent: false } as const;
      const ask = requestTls({ ...options, headers: { "content-type": "application/json" } }, (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode === 200 ? undefined : `status ${response.statusCode}`));
      });
      ask.on("error", (error) => resolve(String(error)));
      ask.on("socket", (socket) => {
        socket.once("secureConnect", () => served((socket as TLSSocket).getPeerCertificate().serialNumber));
      });
      ask.end(JSON.stringify(review(uid)));
    });
  });
}

/** What the mutating configuration trusts, kept up to date as API servers keep it: a moment late. */
export async function followTrust(): Promise<{ readonly ca: () => string; readonly stop: () => Promise<void> }> {
  let [ca, stopped] = [await trustedNow(), false];
  const follow = async () => {
    while (!stopped) {
      await pause(100);
      ca = await trustedNow().catch(() => ca);
    }
  };
  const done = follow();
  return {
    ca: () => ca,
    stop: async () => {
      stopped = true;
      await done;
    },
  };
}

async function trustedNow(): Promise<string> {
  const { clientConfig } = ofWorkspaces(await read(CONFIGURATION_PATHS[0] ?? ""));
  const bundle = isObject(clientConfig) ? clientConfig["caBundle"] : undefined;
  return Buffer.from(typeof bundle === "string" ? bundle : "", "base64").toString("utf8");
}

function run(clients: number, retries: boolean, once: () => Promise<string | undefined>): Load {
  const failures: string[] = [];
  let [stopped, succeeded, retried, slowestMs] = [false, 0, 0, 0];
  const attempt = async (): Promise<string | undefined> => await once().catch((error: unknown) => String(error));
  const loop = async () => {
    while (!stopped && failures.length < MOST_FAILURES) {
      const startMs = performance.now();
      let problem = await attempt();
      if (problem !== undefined && retries) retried++;
      while (problem !== undefined && retries && performance.now() - startMs < TIMEOUT_MS) {
        await pause(RETRY_PAUSE_MS);
        problem = await attempt();
      }
      slowestMs = Math.max(slowestMs, performance.now() - startMs);
      if (problem === undefined) succeeded++;
      else failures.push(problem);
    }
  };
  const loops = Array.from({ length: clients }, loop);
  return {
    succeeded: () => succeeded,
    more: async (calls) => {
      const before = succeeded;
      await waitFor(`${calls} more calls`, () => {
        if (failures.length > 0) throw new Hopeless(`a call failed: ${failures[0]}`);
        return succeeded >= before + calls;
      });
    },
    stop: async () => {
      stopped = true;
      await Promise.all(loops);
      return { failures, retried, slowestMs };
    },
  };
}

function messageOf(body: unknown): string {
  return isObject(body) && typeof body["message"] === "string" ? body["message"] : JSON.stringify(body);
}

function workspace(name: string): JsonObject {
  return {
    apiVersion: "kaito.sh/v1beta1",
    kind: "Workspace",
    metadata: { name, namespace: "default" },
    resource: { instanceType: "Standard_NC24ads_A100_v4", labelSelector: { matchLabels: { app: "load" } } },
    inference: { preset: { name: "phi-4" } },
  };
}

function review(uid: string): JsonObject {
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid,
      kind: { group: "kaito.sh", version: "v1beta1", kind: "Workspace" },
      operation: "CREATE",
      namespace: "default",
      name: uid,
      object: workspace(uid),
    },
  };
}
