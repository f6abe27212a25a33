import type { Kube } from "../../kube/kube.ts";
import { NAMESPACES, refOf } from "../../kube/resources.ts";
import { get } from "../../kube/verbs.ts";
import type { Report } from "../../local/report.ts";
import { TimedOut, until } from "../../local/until.ts";
import type { Installed } from "./installed.ts";

// Five seconds on an idle machine; what is in it may have finalizers of others.
const NAMESPACE_GONE_MS = 60_000;

/**
 * Waits for the namespaces among what was removed: nothing can be installed again while they are going.
 * @returns a line for each that is still there, with what tells why
 */
export async function namespacesEnd(
  kube: Kube,
  removed: readonly Installed[],
  mostMs: number,
  report: Report,
): Promise<readonly string[]> {
  const left: string[] = [];
  for (const { resource, object } of removed.filter((part) => part.resource === NAMESPACES)) {
    const { name } = object.metadata;
    try {
      await until(`namespace ${name} to be gone`, Math.min(NAMESPACE_GONE_MS, mostMs), async () => {
        const isThere = (await get(kube, refOf(resource, object))) !== undefined;
        if (isThere) report.progress(`namespace ${name} is going`);
        return !isThere;
      });
    } catch (error) {
      if (!(error instanceof TimedOut)) throw error;
      left.push(`Namespace ${name} is still going: kubectl get namespace ${name} -o yaml says what holds it`);
    }
  }
  return left;
}
