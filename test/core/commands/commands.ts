import type { Model, Release } from "../../../src/core/catalogue.ts";
import { expand } from "../../../src/core/expand.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { alone, terse } from "../presets/workspaces.ts";

/** How one model server is started. */
export interface Command {
  /** What it is for: preset, size and what is stated beside. */
  readonly label: string;
  readonly preset: string;
  readonly architecture: string;
  readonly runtime: string;
  readonly image: string;
  readonly nodeCount: number;
  readonly command: readonly string[];
  readonly args: readonly string[];
}

interface Variant {
  readonly label: string;
  readonly annotations?: { readonly [name: string]: string };
  readonly inference?: JsonObject;
}

const adapters = [
  { source: { name: "a", image: "registry.example/a:1" } },
  { source: { name: "b", image: "registry.example/b:1" }, strength: "0.5" },
];

/** Everything a user can state that reaches the server's command line. */
const variants: readonly Variant[] = [
  { label: "" },
  { label: "interactivity", annotations: { "kaito.sh/performance-mode": "interactivity" } },
  { label: "throughput", annotations: { "kaito.sh/performance-mode": "throughput" } },
  { label: "transformers", annotations: { "kaito.sh/runtime": "transformers" } },
  { label: "adapters", inference: { adapters } },
  {
    label: "transformers, adapters",
    annotations: { "kaito.sh/runtime": "transformers" },
    inference: { adapters },
  },
  { label: "weights on the node", annotations: { "kaito.sh/use-local-weights": "true" } },
  { label: "weights in a claim", annotations: { "foresail.dev/weights-claim": "weights" } },
  { label: "chat and key", annotations: { "foresail.dev/chat-api": "true", "foresail.dev/api-key-secret": "key" } },
  { label: "own nodes of any kind", annotations: { "foresail.dev/provision": "false" } },
];

/** The commands of every preset at its cheapest size in every variant, and as it is on every size (absent: all of NVIDIA's). */
export function commands(release: Release, sizes?: readonly string[]): readonly Command[] {
  const names = sizes ?? release.instanceTypes.filter((type) => type.gpuVendor === "nvidia").map(({ name }) => name);
  return release.models.flatMap((model) => [
    ...variants.flatMap((variant) => {
      const { metadata, inference, ...rest } = terse(model);
      const annotations = variant.annotations ?? {};
      const object = {
        ...rest,
        metadata: { ...metadata, annotations },
        inference: { ...inference, ...variant.inference },
      };
      return commandOf(release, model, object, variant.label);
    }),
    ...names.flatMap((name) => commandOf(release, model, terse(model, name), `on ${name}`)),
  ]);
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
}

/** Nothing where the Workspace is denied. */
function commandOf(
  release: Release,
  { name, architecture }: Model,
  workspace: Workspace,
  what: string,
): readonly Command[] {
  const label = `${name} ${what}`.trim();
  const { expansion } = expand(workspace, alone(release));
  if (expansion?.preset === undefined) return [];
  const spec = expansion.podTemplate["spec"] as unknown as {
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
  };
  const model = [...spec.containers, ...(spec.initContainers ?? [])].find((container) => container.name === "model");
  if (model === undefined) throw new Error(`${label} has no container named model`);
  const { runtime } = expansion.preset;
  const { image, command, args } = model;
  return [{ label, preset: name, architecture, runtime, image, nodeCount: expansion.nodeCount, command, args }];
}
