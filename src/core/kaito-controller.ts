import { nameOf, namespaceOf, numberAt, textAt } from "./capacity/fields.ts";
import type { JsonObject } from "./json.ts";

const LABELS = [
  // KAITO's chart.
  { label: "app.kubernetes.io/name", value: "workspace", words: "its chart" },
  // The AKS add-on that runs the same controller.
  { label: "app", value: "ai-toolchain-operator", words: "the AKS add-on" },
] as const;

/** Label selectors that find Deployments of KAITO's workspace controller. */
export const KAITO_SELECTORS: readonly string[] = LABELS.map(({ label, value }) => `${label}=${value}`);

/** A Deployment of KAITO's workspace controller. */
export interface KaitoController {
  readonly namespace: string;
  readonly name: string;
  /** Who installs it: its chart, or the AKS add-on. */
  readonly by: string;
  /** False where it is scaled to nothing. */
  readonly runs: boolean;
}

/** The Deployment as KAITO's controller; undefined for another one. */
export function kaitoController(deployment: JsonObject): KaitoController | undefined {
  const found = LABELS.find(({ label, value }) => textAt(deployment, "metadata", "labels", label) === value);
  if (found === undefined) return undefined;
  const runs = numberAt(deployment, "spec", "replicas") !== 0;
  return { namespace: namespaceOf(deployment), name: nameOf(deployment), by: found.words, runs };
}
