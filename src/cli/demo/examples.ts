import { join } from "node:path";
import { packageRoot } from "../../package-root.ts";

/** A manifest of examples/, applied as it is. */
export interface Example {
  /** Path below the package, as a user in a checkout would type it. */
  readonly shown: string;
  readonly path: string;
  /** The tuning manifests have the names of the inference ones, so they get a namespace of their own. */
  readonly namespace: string;
  /** Name of its Workspace. */
  readonly name: string;
}

export const TUNING_NAMESPACE = "tuning";

const files = [
  ["inference/kaito_workspace_phi_3.yaml", "default", "workspace-phi-3-mini"],
  ["inference/kaito_workspace_phi_3_with_adapters.yaml", "default", "workspace-phi-3-mini-adapter"],
  ["fine-tuning/kaito_workspace_tuning_phi_3.yaml", TUNING_NAMESPACE, "workspace-phi-3-mini"],
  ["fine-tuning/kaito_workspace_tuning_phi_3_128k.yaml", TUNING_NAMESPACE, "workspace-phi-3-mini-adapter"],
] as const;

export const examples: readonly Example[] = files.map(([file, namespace, name]) => {
  const shown = join("examples", file);
  return { shown, path: join(packageRoot(), shown), namespace, name };
});
