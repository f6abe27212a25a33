import { numberAt } from "../core/capacity/fields.ts";
import type { Cache } from "../kube/cache.ts";

/** namespace/name of a Deployment that runs KAITO's controller, unless it is scaled to nothing. */
export function kaitoRunsAt(caches: readonly Pick<Cache, "list">[]): string | undefined {
  const running = caches
    .flatMap((cache) => cache.list())
    .filter((deployment) => numberAt(deployment, "spec", "replicas") !== 0)
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  return running.sort()[0];
}
