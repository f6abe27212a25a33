import { conditionAt, isTrue } from "../../../src/core/capacity/fields.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { start } from "../cli/process.ts";
import { applyIn, getWorkspace, serving, waitForCondition } from "../e2e/workspaces.ts";
import { apply, cluster, mustKubectl, read, readItems, waitFor } from "../support/cluster.ts";
import { type Foresail, startForesail } from "../support/foresail.ts";
import { manifest } from "../support/install.ts";
import { CONFIGURATION_PATHS } from "../support/webhook.ts";

const SYSTEM = "foresail-system";
const DEPLOYMENTS = `/apis/apps/v1/namespaces/${SYSTEM}/deployments`;
const PATIENCE_MS = 120_000;

/** The parts of an installation that an uninstallation may meet. */
export const PARTS = [
  ...CONFIGURATION_PATHS,
  `${DEPLOYMENTS}/foresail-webhook`,
  `${DEPLOYMENTS}/foresail-reconciler`,
  "/apis/rbac.authorization.k8s.io/v1/clusterroles/foresail-webhook",
  "/apis/rbac.authorization.k8s.io/v1/clusterroles/foresail-reconciler",
  "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/foresail-reconciler",
  `/api/v1/namespaces/${SYSTEM}`,
];
export const DEFINITION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/workspaces.kaito.sh";

export const OWN_DEFINITION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/workspaces.foresail.dev";

/**
 * Foresail as in a cluster: its Deployments, and the processes on this machine in place of their pods, which end when the
 * Deployments go, as a kubelet would have it.
 */
export async function install(): Promise<Foresail> {
  await whole();
  const foresail = await startForesail();
  const files = ["webhook/deployment.yaml", "reconciler/deployment.yaml", "webhook/service.yaml"];
  await apply(...files.flatMap(manifest));
  return foresail;
}

/** Ends the processes when the Deployments are gone; what stands for their pods is there until then. */
export async function endsWithDeployments(foresail: Foresail): Promise<{ readonly ended: Promise<void> }> {
  await apply(standIn());
  const ended = (async () => {
    await waitFor("the Deployments to go", async () => (await present([DEPLOYMENTS])).length === 0, PATIENCE_MS);
    await foresail.reconciler.stop();
    await foresail.webhook.stop();
    await mustKubectl([
      "patch",
      "pod",
      "process",
      "-n",
      SYSTEM,
      "--type=merge",
      "-p",
      '{"metadata":{"finalizers":null}}',
    ]);
  })();
  return { ended };

  async function present(paths: readonly string[]): Promise<readonly unknown[]> {
    const lists = await Promise.all(paths.map((path) => readItems(path)));
    if (lists.flat().length === 0) await mustKubectl(["delete", "pod", "process", "-n", SYSTEM, "--wait=false"]);
    return lists.flat();
  }
}

/** A pod that is there until the process it stands for has ended. */
function standIn(): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "process",
      namespace: SYSTEM,
      labels: { "app.kubernetes.io/name": "foresail-reconciler" },
      finalizers: ["test.foresail.dev/process"],
    },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "process",
          image: "registry.example/process:1",
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
}

/** `foresail down` as a user runs it. */
export async function down(...flags: string[]): Promise<{ readonly code: number | string; readonly said: string }> {
  const { kubeconfig, context } = cluster();
  const program = start(["down", "--kubeconfig", kubeconfig, "--context", context, ...flags]);
  const code = await program.ended;
  return { code, said: program.stdout() + program.stderr() };
}

/** A model that serves. */
export async function model(space: string, name: string): Promise<Workspace> {
  await applyIn(space, serving(name, "phi-4", "Standard_NC24ads_A100_v4"));
  return await waitForCondition(space, name, "Ready");
}

/** One that serves in our own group. */
export async function modelInOurs(space: string, name: string): Promise<void> {
  const apiVersion = "foresail.dev/v1beta1";
  await applyIn(space, { ...serving(name, "phi-4", "Standard_NC24ads_A100_v4"), apiVersion });
  await waitFor(
    `Workspace.foresail.dev ${space}/${name} to be ready`,
    async () => {
      const object = await read<JsonObject>(`/apis/${apiVersion}/namespaces/${space}/workspaces/${name}`);
      return isTrue(conditionAt(object, "Ready"));
    },
    PATIENCE_MS,
  );
}

/** Names and uids of the pods of a namespace, sorted. */
export async function podUids(space: string): Promise<readonly string[]> {
  const pods = await readItems<{ metadata: { name: string; uid: string } }>(`/api/v1/namespaces/${space}/pods`);
  return pods.map(({ metadata }) => `${metadata.name} ${metadata.uid}`).sort();
}

/** Claims and nodes of the Workspaces of a namespace. */
export async function machines(space: string): Promise<readonly string[]> {
  const paths = ["/apis/karpenter.sh/v1/nodeclaims", "/api/v1/nodes"];
  const items = await Promise.all(
    paths.map((path) => readItems<{ metadata: { name: string; labels?: Record<string, string> } }>(path)),
  );
  const ours = items.flat().filter(({ metadata }) => metadata.labels?.["foresail.dev/workspace-namespace"] === space);
  return ours.map(({ metadata }) => metadata.name);
}

/** Those of PARTS, and others, that exist. */
export async function existing(paths: readonly string[] = PARTS): Promise<readonly string[]> {
  const found = await Promise.all(paths.map(async (path) => ((await read(path)) === undefined ? [] : [path])));
  return found.flat();
}

export async function finalizers(space: string, name: string): Promise<readonly string[] | undefined> {
  return (await getWorkspace(space, name))?.metadata.finalizers;
}

/** Waits until nothing that was deleted is still going: it cannot be made anew before. */
export async function whole(): Promise<void> {
  await waitFor(
    "what was deleted to be gone",
    async () => {
      const parts = await Promise.all([`/api/v1/namespaces/${SYSTEM}`, DEFINITION].map((path) => read<Going>(path)));
      return parts.every((part) => part?.metadata.deletionTimestamp === undefined);
    },
    PATIENCE_MS,
  );
}

interface Going {
  readonly metadata: { readonly deletionTimestamp?: string };
}
