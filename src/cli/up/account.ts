import { isObject } from "../../core/json.ts";
import { SERVICE_ACCOUNTS } from "../../kube/resources.ts";
import { createSubresource } from "../../kube/verbs.ts";
import { writeKubeconfig } from "../../local/credentials.ts";
import type { Cluster } from "./target.ts";

const DAY_SECONDS = 24 * 60 * 60;
// Half the usual life, so that one failed renewal does no harm. A process reads its file again when its token is refused.
const RENEWAL_MS = (DAY_SECONDS / 2) * 1000;

export const SYSTEM_NAMESPACE = "foresail-system";

/**
 * Writes a kubeconfig (mode 0600) that acts as a ServiceAccount of foresail-system, and writes it anew with a fresh token
 * until `signal` is aborted. The process that uses it thus has the roles that ship, not those of whoever started it.
 */
export async function accountKubeconfig(
  cluster: Cluster,
  name: string,
  path: string,
  signal: AbortSignal,
): Promise<string> {
  const write = async (): Promise<void> => {
    const token = await requestToken(cluster, name);
    writeKubeconfig(path, { url: cluster.server, ca: cluster.ca, token, namespace: SYSTEM_NAMESPACE });
  };
  await write();
  const renewal = setInterval(() => {
    write().catch((error: unknown) => console.error(`cannot renew the token of ${name}: ${String(error)}`));
  }, RENEWAL_MS);
  signal.addEventListener("abort", () => clearInterval(renewal), { once: true });
  return path;
}

async function requestToken({ kube }: Cluster, name: string): Promise<string> {
  const answer = await createSubresource(
    kube,
    { resource: SERVICE_ACCOUNTS, namespace: SYSTEM_NAMESPACE, name, subresource: "token" },
    { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: DAY_SECONDS } },
  );
  const status = isObject(answer["status"]) ? answer["status"] : {};
  if (typeof status["token"] !== "string") throw new Error(`the TokenRequest for ${name} gave no token`);
  return status["token"];
}
