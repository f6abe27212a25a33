import type { JsonObject } from "../json.ts";
import type { Expansion } from "../kinds/expansion.ts";
import type { Workspace } from "../kinds/workspace.ts";
import { filesConfigMapName } from "../names.ts";
import { childMetadata } from "./metadata.ts";
import { networkPolicy } from "./network-policy.ts";
import { services } from "./services.ts";
import { workload } from "./workload.ts";

export interface ChildrenOptions {
  /** Hash of the ConfigMap the user named in inference.config or tuning.config (`readConfig`). */
  readonly configHash?: string;
}

/**
 * The objects a Workspace consists of, in the order they are applied: what pods need comes before the pods. Made from
 * `expansion` and metadata alone, the same for the same input; empty while there is no expansion.
 * `spec.replicas` is absent (see `statedPods`): it belongs to a field manager of its own, so that others can scale.
 */
export function children(workspace: Workspace, options: ChildrenOptions = {}): readonly JsonObject[] {
  const { expansion } = workspace;
  if (expansion === undefined) return [];
  return [
    ...files(workspace, expansion),
    ...services(workspace, expansion),
    networkPolicy(workspace, expansion),
    workload(workspace, expansion, options.configHash),
  ];
}

function files(workspace: Workspace, expansion: Expansion): readonly JsonObject[] {
  if (expansion.files === undefined) return [];
  const name = filesConfigMapName(expansion.workload.name, expansion.files);
  return [
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: childMetadata(workspace, name),
      immutable: true,
      data: expansion.files,
    },
  ];
}
