import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { isObject, type Json, type JsonObject } from "../../../src/core/json.ts";
import { KAITO_GROUP, type WorkspaceGroup } from "../../../src/core/kinds/workspace.ts";
import { webhookConfigurations } from "../../../src/core/webhook-configuration.ts";
import { freePorts } from "../../../src/local/ports.ts";
import { serviceAccountKubeconfig } from "../../../src/local/service-account.ts";
import { apply, cluster, waitFor } from "./cluster.ts";
import { installFoundation, manifest, type Stated, shippedArguments } from "./install.ts";
import { fromPackage, type Launch } from "./launch.ts";

const SYSTEM_NAMESPACE = "foresail-system";

export interface StartWebhookOptions {
  /** Further arguments, after the shipped ones. */
  readonly args?: readonly string[];
  /** Folder of another version of the package to run; default this one. */
  readonly package?: string;
  /** How it is started; default that package. */
  readonly launch?: Launch;
  /** What the Deployment in the cluster states: all is installed already, and only how it is reached is changed. */
  readonly installed?: Stated;
  /** Of the Workspaces it must answer for before this returns. Default KAITO's. */
  readonly group?: WorkspaceGroup;
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The shipped command as a process, with the ServiceAccount, roles and arguments of manifests/. */
export interface WebhookProcess {
  readonly port: number;
  /** kubeconfig of the ServiceAccount foresail-webhook. */
  readonly kubeconfig: string;
  /** Name among the control plane's processes; its log is `<name>.log`. */
  readonly name: string;
  /** Ends the process only; the configurations stay, so writes they match are refused. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and waits until it answers for the API server. */
  start(): Promise<void>;
  /** Runs `action` as before Foresail was installed: without the configurations, which are put back afterwards. */
  suspended<T>(action: () => Promise<T>): Promise<T>;
  /** Ends the process and removes the configurations. */
  uninstall(): Promise<void>;
  /** Decisions logged so far about `namespace/name`. Call `settled` first when the absence of one matters. */
  decisions(object: string): readonly JsonObject[];
  /** Resolves when everything the API server asked before this call is in the log. */
  settled(): Promise<void>;
}

let started = 0;

/**
 * Installs what ships (as administrator), starts `foresail webhook` as foresail-webhook and waits until admission works.
 * One at a time: all share the configurations named `foresail`.
 */
export async function startWebhook(options: StartWebhookOptions = {}): Promise<WebhookProcess> {
  if (options.installed === undefined) await installFoundation();
  const { group = KAITO_GROUP } = options;
  const { workDir } = cluster();
  const name = `webhook-${++started}`;
  const [port = 0] = await freePorts(1);
  const url = `https://127.0.0.1:${port}`;
  const account = { namespace: SYSTEM_NAMESPACE, name: "foresail-webhook", path: join(workDir, `${name}.kubeconfig`) };
  const kubeconfig = await serviceAccountKubeconfig(cluster(), account);
  if (options.installed === undefined) await apply(...manifestsFor(url));
  else await reachInstalled(url);
  const args = [
    ...(options.installed?.args ?? shippedArguments("webhook/deployment.yaml")),
    "--address=127.0.0.1",
    `--port=${port}`,
    `--url=${url}`,
    "--drain-seconds=0.2",
    "--certificate-check-seconds=1",
    "--ca-settle-seconds=1",
    "--metrics-port=0",
    ...(options.args ?? []),
  ];
  const launch = options.launch ?? fromPackage(options.package);
  await cluster().startProcess({
    name,
    ...launch({ kubeconfig, args, env: { ...options.installed?.env, ...options.env } }),
  });
  await working(name, port, group);
  const stop = (signal?: NodeJS.Signals) => cluster().stopProcess(name, signal);
  return {
    port,
    kubeconfig,
    name,
    stop,
    start: async () => {
      await cluster().startProcess(name);
      await working(name, port, group);
    },
    suspended: async (action) => {
      await removeConfigurations();
      try {
        await waitFor("the API server to stop calling", async () => !(await isExpanded()));
        return await action();
      } finally {
        await apply(...manifestsFor(url));
        await working(name, port, group);
      }
    },
    uninstall: async () => {
      await removeConfigurations();
      if (cluster().processes().has(name)) await stop();
    },
    decisions: (object) => decisionsIn(name).filter((line) => line["object"] === object),
    settled: async () => {
      const marker = `default/marker-${++markers}`;
      await dryRunCreate(marker.slice("default/".length));
      await waitFor("the marker in the webhook's log", () =>
        decisionsIn(name).some((line) => line["object"] === marker),
      );
    },
  };
}

/** The configurations that ship, reaching `url` instead of the Service. */
export function manifestsFor(url: string): readonly JsonObject[] {
  const [mutating, validating] = webhookConfigurations({
    name: "unused",
    address: { kind: "url", url },
    failurePolicy: "Fail",
    excludedNamespaces: [],
  });
  return manifest("webhook/configurations.yaml").map((shipped) => {
    const reached = webhooksOf(shipped["kind"] === mutating["kind"] ? mutating : validating);
    const webhooks = webhooksOf(shipped).map((one, i) => ({ ...one, clientConfig: reached[i]?.["clientConfig"] }));
    return { ...shipped, webhooks };
  });
}

/** What is installed reaches its Service, which leads nowhere here. */
async function reachInstalled(url: string): Promise<void> {
  for (const path of CONFIGURATION_PATHS) {
    const shipped = await cluster().api.must({ path });
    const reached = manifestsFor(url).find(({ kind }) => isObject(shipped) && kind === shipped["kind"]);
    const body = webhooksOf(shipped).map((_, i) => ({
      op: "replace",
      path: `/webhooks/${i}/clientConfig`,
      value: webhooksOf(reached)[i]?.["clientConfig"] ?? null,
    }));
    await cluster().api.must({ method: "PATCH", path, body, contentType: "application/json-patch+json" });
  }
}

/** The webhook for Workspaces of a configuration. */
export function ofWorkspaces(configuration: unknown): JsonObject {
  const webhook = webhooksOf(configuration).find(({ name }) => name !== "pods.foresail.dev");
  if (webhook === undefined) throw new Error("expected a configuration with a webhook for Workspaces");
  return webhook;
}

function webhooksOf(configuration: unknown): readonly JsonObject[] {
  const webhooks = isObject(configuration) ? configuration["webhooks"] : undefined;
  return Array.isArray(webhooks) ? webhooks.filter(isObject) : [];
}

export const CONFIGURATION_PATHS = ["mutating", "validating"].map(
  (phase) => `/apis/admissionregistration.k8s.io/v1/${phase}webhookconfigurations/foresail`,
);

export async function removeConfigurations(): Promise<void> {
  for (const path of CONFIGURATION_PATHS) await cluster().api.call({ method: "DELETE", path });
}

/** Ready, and the API server has noticed configurations and CA: a dry-run create comes back expanded. */
async function working(name: string, port: number, group: WorkspaceGroup): Promise<void> {
  await waitFor(`${name} to be ready`, async () => {
    if (!cluster().processes().has(name)) throw new Error(`it ended: ${cluster().logTail(name, 5)}`);
    return (await readyz(port)) === 200;
  });
  await waitFor(`the API server to call ${name}`, () => isExpanded(group));
}

let markers = 0;

/** Creates nothing; gives what would have been stored. Throws when the API server refuses. */
async function dryRunCreate(name: string, group: WorkspaceGroup = KAITO_GROUP): Promise<Json> {
  return await cluster().api.must({
    method: "POST",
    path: `/apis/${group}/v1beta1/namespaces/default/workspaces?dryRun=All`,
    body: {
      apiVersion: `${group}/v1beta1`,
      kind: "Workspace",
      metadata: { name },
      resource: { instanceType: "Standard_NC24ads_A100_v4", labelSelector: { matchLabels: { app: "marker" } } },
      inference: { preset: { name: "phi-4" } },
    },
  });
}

export async function isExpanded(group?: WorkspaceGroup): Promise<boolean> {
  const object = await dryRunCreate("probe", group);
  return isObject(object) && object["expansion"] !== undefined;
}

function decisionsIn(name: string): readonly JsonObject[] {
  const log = readFileSync(join(cluster().workDir, `${name}.log`), "utf8");
  // The last line may still be on its way.
  return log
    .slice(0, log.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line.includes('"verdict"'))
    .map((line) => JSON.parse(line));
}

/** Status of `/readyz`. Probes do not verify the certificate, so neither does this. */
export function readyz(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path: "/readyz", rejectUnauthorized: false, agent: new Agent() };
    request(options, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}
