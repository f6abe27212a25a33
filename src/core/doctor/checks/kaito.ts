import { nameOf, objectsAt, textAt, textsAt } from "../../capacity/fields.ts";
import type { JsonObject } from "../../json.ts";
import { kaitoController } from "../../kaito-controller.ts";
import { CONFIGURATION_NAME } from "../../webhook-configuration.ts";
import type { Facts } from "../facts.ts";
import { type Finding, note, ok, problem } from "../finding.ts";
import { known } from "../reading.ts";

/** KAITO's controllers: two on the same objects would fight. */
export function controllers({ deployments }: Facts): readonly Finding[] {
  const all = known(deployments)?.map(kaitoController);
  if (all === undefined) return [];
  const found = all.filter((one) => one !== undefined);
  if (found.length === 0) return [ok("kaito/controller", "no controller of KAITO's is here")];
  return found.map(({ namespace, name, by, runs }) => {
    const where = `Deployment ${namespace}/${name}`;
    if (!runs) return note("kaito/controller", `KAITO's controller (${by}) is there and scaled to 0: ${where}`);
    const addOn = by === "the AKS add-on" ? ", and turn the add-on off, which would scale it up again" : "";
    const next = `scale it to 0: kubectl -n ${namespace} scale deployment ${name} --replicas=0${addOn}`;
    return problem("kaito/controller", `KAITO's controller runs as ${where}`, next);
  });
}

/** Others that are called for Workspaces. */
export function foreignWebhooks({ webhooks }: Facts): readonly Finding[] {
  const found = known(webhooks)?.filter((one) => nameOf(one) !== CONFIGURATION_NAME && namesOurGroup(one));
  if (found === undefined) return [];
  if (found.length === 0) return [ok("kaito/webhook", "no other webhook is called for kaito.sh")];
  return found.map((one) => {
    const kind = textAt(one, "kind") ?? "";
    const next = `remove it first: kubectl delete ${kind.toLowerCase()} ${nameOf(one)}`;
    return problem("kaito/webhook", `${kind} ${nameOf(one)} is called for kaito.sh`, next);
  });
}

/** By name only: a policy engine that asks for every group is nobody's rival. */
function namesOurGroup(configuration: JsonObject): boolean {
  return objectsAt(configuration, "webhooks")
    .flatMap((webhook) => objectsAt(webhook, "rules"))
    .some((rule) => textsAt(rule, "apiGroups").includes("kaito.sh"));
}
