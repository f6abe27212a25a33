import type { Catalogue, Defaults, Model } from "../../../src/core/catalogue.ts";
import { expand } from "../../../src/core/expand.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Expansion, Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, serving } from "./workspaces.ts";

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: JsonObject }[];
  readonly volumeMounts: readonly JsonObject[];
  readonly resources: { readonly requests: { readonly [resource: string]: string } };
}
export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly (JsonObject & Pick<Container, "name" | "image" | "volumeMounts">)[];
  readonly volumes: readonly (JsonObject & { readonly name: string })[];
  readonly enableServiceLinks: boolean;
}

export function expansionOf(object: Workspace, with_: Catalogue = catalogue): Expansion {
  const { expansion, issues } = expand(object, with_);
  if (expansion === undefined) throw new Error(issues.map((issue) => issue.message).join("\n"));
  return expansion;
}
export function specOf(object: Workspace, with_: Catalogue = catalogue): PodSpec {
  return expansionOf(object, with_).podTemplate["spec"] as unknown as PodSpec;
}
export function serverOf(object: Workspace, with_: Catalogue = catalogue): Container {
  const found = specOf(object, with_).containers.find(({ name }) => name === "model");
  if (found === undefined) throw new Error("no container model");
  return found;
}
export const variables = ({ env }: Container): { readonly [name: string]: string | undefined } =>
  Object.fromEntries(env.map(({ name, value }) => [name, value]));
/** The catalogue with one preset, or its defaults, changed. */
export function changed(name: string, model: Partial<Model>, defaults: Partial<Defaults> = {}): Catalogue {
  const models = catalogue.current.models.map((m) => (m.name === name ? { ...m, ...model } : m));
  const release = { ...catalogue.current, models, defaults: { ...catalogue.current.defaults, ...defaults } };
  return { current: release, releases: [release] };
}

/** Models that get a size without being asked; some are known only to the images of old GPUs. */
export const living = catalogue.current.models.filter(
  ({ name }) => expand(serving(name), catalogue).expansion !== undefined,
);
