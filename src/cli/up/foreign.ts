import { numberAt, objectsAt, textsAt } from "../../core/capacity/fields.ts";
import type { JsonObject } from "../../core/json.ts";
import { hasExpansion } from "../../core/take-over/definition.ts";
import { CONFIGURATION_NAME } from "../../core/webhook-configuration.ts";
import type { Kube } from "../../kube/kube.ts";
import { list } from "../../kube/list.ts";
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  MUTATING_WEBHOOK_CONFIGURATIONS,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
} from "../../kube/resources.ts";
import { get } from "../../kube/verbs.ts";

/**
 * What in this cluster already looks after Workspaces and is not ours: two controllers on the same objects would fight.
 * Only reads. One line for each, saying what to do; empty when the cluster is free.
 */
export async function foreignParts(kube: Kube): Promise<readonly string[]> {
  const [definition, webhooks, controllers] = await Promise.all([
    foreignDefinition(kube),
    foreignWebhooks(kube),
    kaitoControllers(kube),
  ]);
  return [...definition, ...webhooks, ...controllers];
}

/** A line where the Workspace definition is somebody else's. */
export async function foreignDefinition(kube: Kube): Promise<readonly string[]> {
  const ref = { resource: CUSTOM_RESOURCE_DEFINITIONS, name: "workspaces.kaito.sh" };
  const definition = await get(kube, ref);
  if (definition === undefined || hasExpansion(definition)) return [];
  return [
    "CustomResourceDefinition workspaces.kaito.sh is KAITO's, without the field expansion: use a cluster without it",
  ];
}

async function foreignWebhooks(kube: Kube): Promise<readonly string[]> {
  const resources = [MUTATING_WEBHOOK_CONFIGURATIONS, VALIDATING_WEBHOOK_CONFIGURATIONS];
  const found = await Promise.all(
    resources.map(async (resource) => {
      const { items } = await list(kube, resource);
      return items
        .filter((item) => item.metadata.name !== CONFIGURATION_NAME && namesOurGroup(item))
        .map(({ metadata: { name } }) => `${resource.kind} ${name} is called for kaito.sh: remove it first`);
    }),
  );
  return found.flat();
}

/** By name only: a policy engine that asks for every group is nobody's rival. */
function namesOurGroup(configuration: JsonObject): boolean {
  return objectsAt(configuration, "webhooks")
    .flatMap((webhook) => objectsAt(webhook, "rules"))
    .some((rule) => textsAt(rule, "apiGroups").includes("kaito.sh"));
}

// KAITO's chart, and the AKS add-on that runs the same controller.
const selectors = [
  { labelSelector: "app.kubernetes.io/name=workspace" },
  { labelSelector: "app=ai-toolchain-operator", namespace: "kube-system" },
];

async function kaitoControllers(kube: Kube): Promise<readonly string[]> {
  const found = await Promise.all(selectors.map((selection) => list(kube, DEPLOYMENTS, selection)));
  return found
    .flatMap(({ items }) => items)
    .filter((deployment) => numberAt(deployment, "spec", "replicas") !== 0)
    .map(
      ({ metadata: { namespace, name } }) =>
        `KAITO's controller runs as Deployment ${namespace}/${name}: scale it to 0`,
    );
}
