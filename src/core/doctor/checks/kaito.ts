import { nameOf, objectsAt, textAt, textsAt } from "../../capacity/fields.ts";
import type { JsonObject } from "../../json.ts";
import { kaitoController } from "../../kaito-controller.ts";
import { KAITO_GROUP, WORKSPACE_GROUPS } from "../../kinds/workspace.ts";
import { CONFIGURATION_NAME } from "../../webhook-configuration.ts";
import type { Facts } from "../facts.ts";
import { type Finding, note, ok, problem } from "../finding.ts";
import { isTrial } from "../parts.ts";
import { known } from "../reading.ts";

/** KAITO's controllers: two on the same objects would fight. Beside a trial it has its own. */
export function controllers(facts: Facts): readonly Finding[] {
  const all = known(facts.deployments)?.map(kaitoController);
  if (all === undefined) return [];
  const found = all.filter((one) => one !== undefined);
  if (found.length === 0) return [ok("kaito/controller", "no controller of KAITO's is here")];
  return found.map(({ namespace, name, by, runs }) => {
    const where = `Deployment ${namespace}/${name}`;
    if (!runs) return note("kaito/controller", `KAITO's controller (${by}) is there and scaled to 0: ${where}`);
    if (isTrial(facts)) return note("kaito/controller", `KAITO's controller (${by}) runs beside this trial: ${where}`);
    const addOn = by === "the AKS add-on" ? ", and turn the add-on off, which would scale it up again" : "";
    const scaled = `scale it to 0: kubectl -n ${namespace} scale deployment ${name} --replicas=0${addOn}`;
    return problem("kaito/controller", `KAITO's controller runs as ${where}`, `${BESIDE}; or ${scaled}`);
  });
}

const BESIDE = "try Foresail beside it, as workspaces.foresail.dev (docs/trial.md, doctor --trial)";

/** Others that are called for Workspaces. */
export function foreignWebhooks(facts: Facts): readonly Finding[] {
  const others = known(facts.webhooks)?.filter((one) => nameOf(one) !== CONFIGURATION_NAME);
  if (others === undefined) return [];
  const trial = isTrial(facts);
  const found = WORKSPACE_GROUPS.flatMap((group) =>
    others.filter((one) => isCalledFor(one, group)).map((one) => called(one, group, trial && group === KAITO_GROUP)),
  );
  return found.length > 0 ? found : [ok("kaito/webhook", "no other webhook is called for Workspaces")];
}

function called(configuration: JsonObject, group: string, isKaitos: boolean): Finding {
  const kind = textAt(configuration, "kind") ?? "";
  const seen = `${kind} ${nameOf(configuration)} is called for ${group}`;
  if (isKaitos) return note("kaito/webhook", `${seen}, which this trial leaves to KAITO`);
  return problem(
    "kaito/webhook",
    seen,
    `remove it first: kubectl delete ${kind.toLowerCase()} ${nameOf(configuration)}`,
  );
}

/** By name only: a policy engine that asks for every group is nobody's rival. */
function isCalledFor(configuration: JsonObject, group: string): boolean {
  return objectsAt(configuration, "webhooks")
    .flatMap((webhook) => objectsAt(webhook, "rules"))
    .some((rule) => textsAt(rule, "apiGroups").includes(group));
}
