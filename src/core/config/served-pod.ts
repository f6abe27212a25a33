import type { Model, ServerVersion } from "../catalogue.ts";
import type { Expansion } from "../kinds/expansion.ts";

/** The server a file of settings is for. */
export interface ServedPod {
  readonly expansion: Expansion;
  /** Options on the command line, without dashes. */
  readonly options: { readonly [flag: string]: string };
  /** Absent where the catalogue of the expansion is not at hand. */
  readonly server?: ServerVersion;
  readonly model?: Model;
  /** The keys of the ConfigMap, which are files beside each other in the pod. */
  readonly files: { readonly [key: string]: unknown };
}
