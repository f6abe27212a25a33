import { nameOf, namespaceOf, numberAt, objectsAt, textAt, textsAt } from "../capacity/fields.ts";
import type { Provider } from "../capacity/owner.ts";
import type { JsonObject } from "../json.ts";
import { KAITO_GROUP } from "../kinds/workspace.ts";
import { CONFIGURATION_NAME } from "../webhook-configuration.ts";
import type { Facts } from "./facts.ts";
import { known } from "./reading.ts";

export const WEBHOOK = "foresail-webhook";
export const RECONCILER = "foresail-reconciler";

const PROVIDERS: readonly Provider[] = ["karpenter", "aks", "gpu-provisioner", "byo"];

/** A Deployment of ours; undefined where there is none, or nobody could look. */
export function ownDeployment(facts: Facts, name: string): JsonObject | undefined {
  return known(facts.deployments)?.find((one) => nameOf(one) === name && namespaceOf(one) === facts.namespace);
}

/** The webhook configurations of ours that there are; undefined: nobody could look. */
export function ownConfigurations({ webhooks }: Facts): readonly JsonObject[] | undefined {
  return known(webhooks)?.filter((one) => nameOf(one) === CONFIGURATION_NAME);
}

/** Whether processes of ours run in the cluster; undefined: nobody could look. */
export function isInstalled(facts: Facts): boolean | undefined {
  if (facts.deployments?.kind !== "read") return undefined;
  return [WEBHOOK, RECONCILER].some((name) => ownDeployment(facts, name) !== undefined);
}

/** Whether KAITO's group is left to KAITO: as whoever asks said, else as the reconciler of the cluster was told. */
export function isTrial(facts: Facts): boolean {
  if (facts.trial === true) return true;
  const groups = argumentsOf(ownDeployment(facts, RECONCILER), "--groups=");
  return groups.length > 0 && !groups.includes(KAITO_GROUP);
}

/** Who turns claims into nodes: as whoever asks said, else as the reconciler of the cluster was told. */
export function providerOf(facts: Facts): Provider | undefined {
  if (facts.provider !== undefined) return facts.provider;
  const reconciler = ownDeployment(facts, RECONCILER);
  if (reconciler === undefined) return undefined;
  const [name = "karpenter"] = argumentsOf(reconciler, "--provider=");
  return PROVIDERS.find((one) => one === name);
}

/** What a process was told by an argument that starts so. */
function argumentsOf(deployment: JsonObject | undefined, start: string): readonly string[] {
  const [container] = objectsAt(deployment, "spec", "template", "spec", "containers");
  return textsAt(container, "args").flatMap((one) => (one.startsWith(start) ? [one.slice(start.length)] : []));
}

/** Deployments that run a program, by the label of its chart or the name of its image, and are not scaled to nothing. */
export function running(deployments: readonly JsonObject[], program: string): readonly string[] {
  return deployments
    .filter((one) => runs(one, program) && numberAt(one, "spec", "replicas") !== 0)
    .map((one) => `${namespaceOf(one)}/${nameOf(one)}`)
    .sort();
}

function runs(deployment: JsonObject, program: string): boolean {
  if (textAt(deployment, "metadata", "labels", "app.kubernetes.io/name") === program) return true;
  return objectsAt(deployment, "spec", "template", "spec", "containers").some((container) => {
    // `host:5000/karpenter/controller:1.2@sha256:…`: any part of the path, for mirrors.
    const [path = ""] = (textAt(container, "image") ?? "").split("@");
    return path.split("/").some((part) => part.split(":")[0] === program);
  });
}
