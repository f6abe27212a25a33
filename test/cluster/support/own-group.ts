import { globSync } from "node:fs";
import { dirname, join } from "node:path";
import { customResourceDefinition } from "../../../src/core/kinds/kind.ts";
import { OWN_GROUP, workspaceKind } from "../../../src/core/kinds/workspace.ts";
import { apply, cluster, mustKubectl, waitFor } from "./cluster.ts";

const DEFINITION = `crd/${workspaceKind.plural}.${OWN_GROUP}`;

/** Serves Workspaces in our own group, too, as a trial does. Whoever does takes it away again: kubectl knows the difference. */
export async function installOwnGroup(): Promise<void> {
  await apply(customResourceDefinition(workspaceKind, OWN_GROUP));
  await mustKubectl(["wait", DEFINITION, "--for=condition=Established", "--timeout=30s"]);
}

/** Until kubectl takes `workspaces` for KAITO's again: it keeps for minutes what it has learnt of a server. */
export async function removeOwnGroup(): Promise<void> {
  await mustKubectl(["delete", DEFINITION, "--ignore-not-found", "--timeout=60s"]);
  await waitFor("kubectl to forget our group", async () => {
    return (await mustKubectl(["api-resources", `--api-group=${OWN_GROUP}`, "--no-headers"])).trim() === "";
  });
}

/** Whether kubectl has heard of our group. */
export function isOwnGroupKnown(): boolean {
  return globSync(join(dirname(cluster().kubeconfig), ".kube/cache/discovery/*", OWN_GROUP)).length > 0;
}
