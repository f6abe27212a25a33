import { objectsAt, textAt } from "../../core/capacity/fields.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Kube } from "../../kube/kube.ts";
import { SERVICES } from "../../kube/resources.ts";
import { get } from "../../kube/verbs.ts";

/** Whether a configuration names a Service that does not exist: whatever it asks for is refused, or let through unexpanded. */
export async function isUncalled(kube: Kube, configuration: JsonObject): Promise<boolean> {
  const services = objectsAt(configuration, "webhooks").flatMap((webhook) => {
    const name = textAt(webhook, "clientConfig", "service", "name");
    const namespace = textAt(webhook, "clientConfig", "service", "namespace");
    return name === undefined || namespace === undefined ? [] : [{ resource: SERVICES, namespace, name }];
  });
  const found = await Promise.all(services.map((ref) => get(kube, ref)));
  return services.length > 0 && found.every((service) => service === undefined);
}
