import type { KubeObject } from "../../kube/kube.ts";
import { UsageError } from "../../option.ts";
import { readConfigurations, removeConfigurations } from "./configurations.ts";
import { foreignParts } from "./foreign.ts";
import { ownerOf } from "./owner.ts";
import type { Cluster } from "./target.ts";

/**
 * Looks before anything is changed. Throws UsageError where somebody else looks after Workspaces: KAITO, another `up`, or a
 * Foresail inside the cluster. What a dead `up` of this machine left behind is removed.
 */
export async function preflight({ kube, server }: Cluster): Promise<void> {
  const foreign = await foreignParts(kube);
  if (foreign.length > 0) {
    throw new UsageError([`nothing was changed in ${server}:`, ...foreign].join("\n  "));
  }
  const configurations = await readConfigurations(kube);
  const taken = configurations.map(takenBy).find((text) => text !== undefined);
  if (taken !== undefined) throw new UsageError(`nothing was changed in ${server}: ${taken}`);
  if (configurations.length > 0) {
    await removeConfigurations(kube);
    console.error("removed the webhook configurations of an earlier run that was killed");
  }
}

function takenBy(configuration: KubeObject): string | undefined {
  const owner = ownerOf(configuration);
  switch (owner.kind) {
    case "self":
    case "dead":
      return undefined;
    case "alive":
      return `process ${owner.pid} on this machine runs foresail up for it; end that one, or run foresail down`;
    case "elsewhere":
      return `process ${owner.pid} on ${owner.host} runs foresail up for it; end that one, or run foresail down if it is gone`;
    case "installed":
      return "Foresail is installed in it (webhook configuration foresail); remove that first";
  }
}
