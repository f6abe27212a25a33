import { isObject } from "../core/json.ts";
import type { ControlPlane } from "./control-plane.ts";
import { writeKubeconfig } from "./credentials.ts";

const DAY_SECONDS = 24 * 60 * 60;

/** A service account and the file its kubeconfig goes to. */
export interface ServiceAccountTarget {
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
}

/**
 * Writes a kubeconfig (mode 0600) that acts as a service account, with a token from the TokenRequest API valid for 24 h.
 * The service account must exist; throws ApiRefused when it does not. Returns the path.
 */
export async function serviceAccountKubeconfig(
  controlPlane: Pick<ControlPlane, "api" | "url" | "ca">,
  { namespace, name, path }: ServiceAccountTarget,
): Promise<string> {
  const answer = await controlPlane.api.must({
    method: "POST",
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}/token`,
    body: {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: DAY_SECONDS },
    },
  });
  const status = isObject(answer) && isObject(answer.status) ? answer.status : {};
  if (typeof status.token !== "string") throw new Error(`the TokenRequest for ${namespace}/${name} gave no token`);
  return writeKubeconfig(path, { url: controlPlane.url, ca: controlPlane.ca, token: status.token, namespace });
}
