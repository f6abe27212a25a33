import { KAITO_GROUP, OWN_GROUP } from "../../kinds/workspace.ts";
import type { Facts } from "../facts.ts";
import { type Finding, note, warning } from "../finding.ts";
import { isTrial } from "../parts.ts";
import type { Reading } from "../reading.ts";

/** What each question needs, for whoever grants it. */
const NEEDS = {
  serverVersion: ["the API server's version", "get the non-resource URL /version"],
  definition: [
    "the definition of Workspaces",
    "get customresourcedefinitions.apiextensions.k8s.io workspaces.kaito.sh",
  ],
  ownDefinition: [
    "the definition of Workspaces in Foresail's own group",
    "get customresourcedefinitions.apiextensions.k8s.io workspaces.foresail.dev",
  ],
  claimDefinition: [
    "the definition of NodeClaims",
    "get customresourcedefinitions.apiextensions.k8s.io nodeclaims.karpenter.sh",
  ],
  webhooks: [
    "webhook configurations",
    "list mutatingwebhookconfigurations and validatingwebhookconfigurations.admissionregistration.k8s.io",
  ],
  deployments: ["Deployments", "list deployments.apps in all namespaces"],
  daemonSets: ["DaemonSets", "list daemonsets.apps in all namespaces"],
  nodes: ["Nodes", "list nodes"],
  claims: ["NodeClaims", "list nodeclaims.karpenter.sh"],
  storageClasses: ["StorageClasses", "list storageclasses.storage.k8s.io"],
  policies: ["ValidatingAdmissionPolicies", "list validatingadmissionpolicies.admissionregistration.k8s.io"],
  bindings: ["their bindings", "list validatingadmissionpolicybindings.admissionregistration.k8s.io"],
  lease: ["the reconciler's Lease", "get leases.coordination.k8s.io foresail-reconciler in {namespace}"],
  servingCertificate: ["the webhook's certificate", "get secrets foresail-webhook-certs in {namespace}"],
  rights: ["the reconciler's rights", "create subjectaccessreviews.authorization.k8s.io"],
  probe: ["what admission answers", "create workspaces.{group} in the namespace of --namespace"],
} as const satisfies { readonly [K in keyof Facts]?: readonly [string, string] };

/** What could not be looked at, each once: whoever asks for less sees less, and is told so. */
export function unread(facts: Facts): readonly Finding[] {
  return (Object.keys(NEEDS) as readonly (keyof typeof NEEDS)[]).flatMap((key) => {
    const reading: Reading<unknown> | undefined = facts[key];
    const [what, needed] = NEEDS[key];
    const group = isTrial(facts) ? OWN_GROUP : KAITO_GROUP;
    const right = needed.replace("{namespace}", facts.namespace).replace("{group}", group);
    switch (reading?.kind) {
      case "forbidden":
        return [
          note(
            "doctor/unread",
            `${what} may not be read: ${reading.message}`,
            `ask for the right to ${right}, or for somebody who has it to run this`,
          ),
        ];
      case "failed":
        return [
          warning(
            "doctor/unread",
            `${what} could not be read: ${reading.message}`,
            "run it again; if it stays, look at the API server",
          ),
        ];
      default:
        return [];
    }
  });
}
