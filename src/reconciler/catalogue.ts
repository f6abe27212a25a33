import { hostname } from "node:os";
import { followCatalogue, type LiveCatalogue } from "../catalogue-watch.ts";
import { sha256Hex } from "../core/json.ts";
import { systemClock } from "../kube/clock.ts";
import { isAlreadyExists } from "../kube/error.ts";
import type { Kube, KubeObject } from "../kube/kube.ts";
import { EVENTS } from "../kube/resources.ts";
import { create } from "../kube/verbs.ts";
import type { Log } from "../log.ts";

// The API server's bound.
const MOST_NOTE_CHARACTERS = 1024;

export interface CatalogueWatch {
  readonly kube: Kube;
  readonly namespace: string;
  readonly catalog: readonly string[];
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onChange: () => void;
  /** A ConfigMap whose data is not taken; at every attempt. */
  readonly onRefused: () => void;
}

/** The catalogue as it follows ConfigMaps; data that is refused is told by an event of its ConfigMap, too. */
export function watchCatalogue(watch: CatalogueWatch): LiveCatalogue {
  return followCatalogue({
    ...watch,
    onRefused: (configMap, findings) => {
      watch.onRefused();
      void tell(watch, configMap, findings);
    },
  });
}

/** One event for one state of a ConfigMap, whoever of the replicas and however often it is tried. Failing is only logged. */
async function tell(watch: CatalogueWatch, configMap: KubeObject, findings: readonly string[]): Promise<void> {
  const { kube, log, signal } = watch;
  const { name, namespace = watch.namespace, uid = "", resourceVersion = "" } = configMap.metadata;
  const note = findings.join("\n").slice(0, MOST_NOTE_CHARACTERS);
  const id = sha256Hex([uid, resourceVersion, note].join("\n")).slice(0, 16);
  const event = {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: `${name}.${id}`, namespace },
    // Microseconds, as the type demands.
    eventTime: new Date(systemClock.wallMs()).toISOString().replace("Z", "000Z"),
    reportingController: "foresail.dev/reconciler",
    reportingInstance: hostname().slice(0, 128) || "reconciler",
    action: "LoadCatalogue",
    type: "Warning",
    reason: "CatalogueDataRefused",
    note,
    regarding: { apiVersion: "v1", kind: "ConfigMap", namespace, name, uid },
  };
  try {
    await create(kube, EVENTS, event, { signal });
  } catch (error) {
    if (!signal.aborted && !isAlreadyExists(error)) log.warn({ configMap: name, err: error }, "event not written");
  }
}
