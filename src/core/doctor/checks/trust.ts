import type { X509Certificate } from "node:crypto";
import { objectAt, objectsAt, textAt } from "../../capacity/fields.ts";
import type { JsonObject } from "../../json.ts";
import { certificateOf, certificatesIn, isValidAt } from "../../pem.ts";
import type { Facts } from "../facts.ts";
import { type Finding, ok, problem, warning } from "../finding.ts";
import { ownConfigurations } from "../parts.ts";
import { known } from "../reading.ts";

const ID = "webhook/ca";
// The webhook renews a third before the end, which is 30 days: ten days later something keeps it from doing so.
const LEAST_DAYS = 20;
const DAY_MS = 86_400_000;

/** Whether the API server will believe who answers it. */
export function trust(facts: Facts): readonly Finding[] {
  const own = ownConfigurations(facts);
  if (own === undefined || own.length === 0) return [];
  const webhooks = own.flatMap((one) =>
    objectsAt(one, "webhooks").map((webhook) => ({ kind: textAt(one, "kind") ?? "", webhook })),
  );
  const serving = servingCertificate(facts);
  const next = `restart the webhook, which writes the CA anew: kubectl -n ${facts.namespace} rollout restart deployment foresail-webhook`;
  const wrong = webhooks.flatMap(({ kind, webhook }) => {
    const what = distrust(webhook, serving, facts.nowMs);
    return what === undefined ? [] : [`${textAt(webhook, "name")} of ${kind}: ${what}`];
  });
  if (wrong.length > 0) return [problem(ID, wrong.join("; "), next)];
  if (serving === undefined) return [ok(ID, "every webhook has a CA that is valid now")];
  const days = Math.floor((serving.validToDate.getTime() - facts.nowMs) / DAY_MS);
  const until = serving.validToDate.toISOString().slice(0, 10);
  if (days < 0) return [problem(ID, `the serving certificate ended on ${until}`, next)];
  const seen = `every webhook trusts the serving certificate, which is valid until ${until}`;
  if (days >= LEAST_DAYS) return [ok(ID, seen)];
  const look = `see why it is not renewed: kubectl -n ${facts.namespace} logs deployment/foresail-webhook`;
  return [warning(ID, `${seen}: ${days} days`, look)];
}

/** That of the Secret, where it could be read and the webhook is in the cluster. */
function servingCertificate({ servingCertificate: reading }: Facts): X509Certificate | undefined {
  return certificateOf(known(reading) ?? "");
}

function distrust(webhook: JsonObject, serving: X509Certificate | undefined, nowMs: number): string | undefined {
  const encoded = textAt(webhook, "clientConfig", "caBundle") ?? "";
  if (encoded === "") return "there is no CA";
  const authorities = certificatesIn(Buffer.from(encoded, "base64").toString("utf8"));
  const valid = authorities.filter((pem) => isValidAt(pem, nowMs));
  if (authorities.length === 0) return "its CA cannot be read";
  if (valid.length === 0) return "its CA has expired or is not valid yet";
  // foresail up serves by URL and keeps its certificate in memory: the Secret is of another webhook.
  const inCluster = Object.keys(objectAt(webhook, "clientConfig", "service")).length > 0;
  if (serving === undefined || !inCluster || valid.some((pem) => hasSigned(pem, serving))) return undefined;
  return "its CA has not signed the certificate that the webhook serves";
}

function hasSigned(pem: string, serving: X509Certificate): boolean {
  const authority = certificateOf(pem);
  return authority !== undefined && serving.verify(authority.publicKey);
}
