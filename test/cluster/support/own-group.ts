import { customResourceDefinition } from "../../../src/core/kinds/kind.ts";
import { workspaceKind } from "../../../src/core/kinds/workspace.ts";
import { apply, mustKubectl } from "./cluster.ts";

const DEFINITION = "crd/workspaces.foresail.dev";

/** Serves Workspaces in our own group, too, as a trial does. Whoever does takes it away again: kubectl knows the difference. */
export async function installOwnGroup(): Promise<void> {
  await apply(customResourceDefinition(workspaceKind, "foresail.dev"));
  await mustKubectl(["wait", DEFINITION, "--for=condition=Established", "--timeout=30s"]);
}

export async function removeOwnGroup(): Promise<void> {
  await mustKubectl(["delete", DEFINITION, "--ignore-not-found", "--timeout=60s"]);
}
