import { numberAt, textAt } from "../../capacity/fields.ts";
import type { Facts } from "../facts.ts";
import { type Finding, note, ok, problem, warning } from "../finding.ts";
import { isInstalled, ownConfigurations, ownDeployment, RECONCILER, WEBHOOK } from "../parts.ts";
import type { FindingId } from "../texts.ts";

/** Whether Foresail runs here at all. */
export function installed(facts: Facts): readonly Finding[] {
  const id = "foresail/installed";
  switch (isInstalled(facts)) {
    case undefined:
      return [];
    case true:
      return [ok(id, `Foresail is installed in namespace ${facts.namespace}`)];
    case false: {
      const [configuration] = ownConfigurations(facts) ?? [];
      const host = textAt(configuration, "metadata", "annotations", "foresail.dev/up-host");
      const pid = textAt(configuration, "metadata", "annotations", "foresail.dev/up-pid");
      if (host !== undefined) return [note(id, `process ${pid ?? "?"} on ${host} serves it: foresail up`)];
      const next = "kubectl apply --server-side -k manifests/overlays/… (docs/providers.md says which)";
      return [note(id, `Foresail is not installed in namespace ${facts.namespace}`, next)];
    }
  }
}

const PARTS: readonly { readonly id: FindingId; readonly name: string; readonly without: string }[] = [
  { id: "webhook/replicas", name: WEBHOOK, without: "Workspaces cannot be written" },
  { id: "reconciler/replicas", name: RECONCILER, without: "nothing is made, and status stands still" },
];

/** Whether the processes of ours are up. */
export function replicas(facts: Facts): readonly Finding[] {
  if (isInstalled(facts) !== true) return [];
  return PARTS.map(({ id, name, without }) => {
    const deployment = ownDeployment(facts, name);
    const where = `Deployment ${facts.namespace}/${name}`;
    const look = `kubectl -n ${facts.namespace} describe deployment,pods -l app.kubernetes.io/name=${name}`;
    if (deployment === undefined)
      return problem(id, `there is no ${where}: ${without}`, "kubectl apply --server-side -k manifests/overlays/…");
    const wanted = numberAt(deployment, "spec", "replicas") ?? 1;
    const ready = numberAt(deployment, "status", "readyReplicas") ?? 0;
    const seen = `${where}: ${ready} of ${wanted} ready`;
    if (wanted === 0)
      return problem(
        id,
        `${where} is scaled to 0: ${without}`,
        `kubectl -n ${facts.namespace} scale deployment ${name} --replicas=2`,
      );
    if (ready === 0) return problem(id, `${seen}: ${without}`, look);
    return ready < wanted ? warning(id, seen, look) : ok(id, seen);
  });
}
