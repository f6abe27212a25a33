import type { Catalogue, InstanceType, Model, Release } from "../../../src/core/catalogue.ts";
import { type Expanded, expand } from "../../../src/core/expand.ts";
import { type Workspace, workspaceInputsSchema } from "../../../src/core/kinds/workspace.ts";
import { withDefaults } from "../../../src/core/schema.ts";

/** A release as if it were the running one, and no other were known. */
export function alone(release: Release): Catalogue {
  return { current: release, releases: [release] };
}

/** The tersest Workspace of a preset: its name, with the token of a gated one, and a size only where that is stated. */
export function terse({ name, gated }: Model, instanceType?: string): Workspace {
  const label = name.replaceAll(".", "-");
  const object = {
    apiVersion: "kaito.sh/v1beta1",
    kind: "Workspace",
    metadata: { name: label, namespace: "default" },
    resource: {
      labelSelector: { matchLabels: { apps: label } },
      ...(instanceType === undefined ? {} : { instanceType }),
    },
    inference: { preset: { name, ...(gated ? { presetOptions: { modelAccessSecret: "hf-token" } } : {}) } },
  };
  return withDefaults(object, workspaceInputsSchema.json) as Workspace;
}

export interface Cheapest extends Expanded {
  readonly workspace: Workspace;
  /** What is said without a size, where that is a denial: the workspace states one then. */
  readonly withoutSize?: Expanded["issues"];
}

/** A preset at its cheapest size; one that no verified size takes, on the smallest of the default cloud that does, if any. */
export function atCheapestSize(release: Release, model: Model): Cheapest {
  const workspace = terse(model);
  const chosen = expand(workspace, alone(release));
  if (chosen.expansion !== undefined) return { workspace, ...chosen };
  for (const { name } of smallestFirst(release)) {
    const sized = terse(model, name);
    const result = expand(sized, alone(release));
    if (result.expansion !== undefined) return { workspace: sized, ...result, withoutSize: chosen.issues };
  }
  return { workspace, ...chosen };
}

function smallestFirst({ instanceTypes, defaults }: Release): readonly InstanceType[] {
  const memory = ({ gpuCount, gpuMemoryGiB }: InstanceType): number => gpuCount * gpuMemoryGiB;
  return instanceTypes
    .filter(({ cloud }) => cloud === defaults.cloud)
    .toSorted((a, b) => memory(a) - memory(b) || (a.name < b.name ? -1 : 1));
}
