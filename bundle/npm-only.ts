import { version } from "foresail:shipped";
import { UsageError } from "../src/option.ts";

// Stands in, under the names they export, for what speaks to a cluster or starts programs of the package: clients of
// Kubernetes and Azure are nine tenths of all code, and no check of files needs them.

/** Says what to install, with exit code 2. */
function refuse(): Promise<never> {
  const message = `the single file reads files only, and has neither clusters nor long-running commands; for these: npm install --global foresail@${version}`;
  return Promise.reject(new UsageError(message));
}

/** webhook, reconciler, chat. */
export const run = refuse;
/** src/kube/kubeconfig.ts: --live, plan --live, watch, up, down. */
export const loadAccess = refuse;
/** src/local/tools.ts: demo. */
export const prepareTools = refuse;
/** src/cloud/aks/aks.ts: up and reconciler, which do not get that far. */
export const createAks = refuse;
