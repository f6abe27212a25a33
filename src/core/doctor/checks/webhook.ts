import { objectsAt, textAt, textsAt } from "../../capacity/fields.ts";
import { canonicalJson, type JsonObject } from "../../json.ts";
import { KAITO_GROUP } from "../../kinds/workspace.ts";
import { shippedWebhookConfigurations } from "../../webhook-configuration.ts";
import type { Facts } from "../facts.ts";
import { type Finding, note, ok, problem, warning } from "../finding.ts";
import { isInstalled, isTrial, ownConfigurations } from "../parts.ts";
import { known } from "../reading.ts";

const ID = "webhook/configuration";
const APPLY = "kubectl apply --server-side -f manifests/webhook/configurations.yaml";

/** Whether the API server asks us, about what, and what it does when nobody answers. */
export function configurations(facts: Facts): readonly Finding[] {
  const own = ownConfigurations(facts);
  if (own === undefined || (own.length === 0 && isInstalled(facts) !== true)) return [];
  const found = shippedWebhookConfigurations().flatMap((shipped) => {
    const kind = textAt(shipped, "kind") ?? "";
    const stored = own.find((one) => textAt(one, "kind") === kind);
    if (stored === undefined)
      return [problem(ID, `there is no ${kind} foresail: Workspaces are stored as they are written`, APPLY)];
    const webhooks = objectsAt(shipped, "webhooks").map((one) => (isTrial(facts) ? withoutKaitos(one) : one));
    return webhooks.flatMap((webhook) => compared(kind, webhook, stored));
  });
  return found.length > 0 ? found : [ok(ID, "both webhook configurations are as this version ships them")];
}

/** In a trial nobody of ours is called for KAITO's Workspaces. */
function withoutKaitos(webhook: JsonObject): JsonObject {
  const rules = objectsAt(webhook, "rules").map((rule): JsonObject => {
    return { ...rule, apiGroups: textsAt(rule, "apiGroups").filter((group) => group !== KAITO_GROUP) };
  });
  return { ...webhook, rules };
}

function compared(kind: string, shipped: JsonObject, stored: JsonObject): readonly Finding[] {
  const name = textAt(shipped, "name") ?? "";
  const found = objectsAt(stored, "webhooks").find((one) => textAt(one, "name") === name);
  if (found === undefined) return [problem(ID, `${kind} foresail has no webhook ${name}`, APPLY)];
  const differing = Object.keys(shipped)
    .filter((key) => key !== "clientConfig" && canonicalJson(shipped[key]) !== canonicalJson(found[key]))
    .sort();
  if (differing.length === 0) return [];
  const seen = `${name} of ${kind} foresail differs from what this version ships in ${differing.join(", ")}`;
  return [warning(ID, seen, `${APPLY}, unless it was changed on purpose`)];
}

/** What came of a create that was only tried. */
export function answers({ probe }: Facts): readonly Finding[] {
  const id = "webhook/answers";
  const came = known(probe);
  switch (came?.kind) {
    case undefined:
      return [];
    case "expanded":
      return [ok(id, "a Workspace that was only tried came back expanded")];
    case "denied":
      return [ok(id, "a Workspace that was only tried was judged, and refused")];
    case "refused":
      return [note(id, `what was tried was refused before it could be told who was asked: ${came.message}`)];
    case "unexpanded":
      return [problem(id, "a Workspace that was only tried came back without an expansion: nobody was asked", APPLY)];
    case "unreachable": {
      const next =
        "look at webhook/ca and webhook/replicas here, at docs/webhook-faults.md, and whether the API server reaches the pods (NetworkPolicy, firewall: port 8443)";
      return [problem(id, `the API server cannot call the webhook: ${came.message}`, next)];
    }
  }
}
