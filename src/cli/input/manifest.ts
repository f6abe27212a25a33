import { dirname } from "node:path";
import type { Operation } from "../../core/diff.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Edit, Place } from "../../core/report/report.ts";

/** Where the fields of an object stand. */
export interface Located {
  readonly object: JsonObject;
  /**
   * Where an author edits a field: its key, or the item of a list; else the nearest parent that stands somewhere.
   * @param path as issues write it: `metadata.annotations[foresail.dev/zones]`; empty: the object itself
   */
  readonly placeOf: (path: string) => Place;
}

/** One object of the input. */
export interface Manifest extends Located {
  /** The file that states it, as the user named it; `-` is standard input. */
  readonly shown: string;
  /**
   * What it is applied together with: a directory of plain files, a kustomization, a chart, or the Flux or Argo CD object.
   * Two of them may be two clusters.
   */
  readonly group: string;
  /**
   * A change of the object as whole-line edits of the files that state it; comments, quotes and all else stay.
   * @param patch on the object as its author states it
   * @returns undefined where files cannot say it: standard input, or a value that is made rather than stated
   */
  readonly edits: (patch: readonly Operation[]) => readonly Edit[] | undefined;
  /** The Flux or Argo CD object it is applied by. */
  readonly via?: Located;
}

/** An object that no file states: one of a cluster, or made. `shown` stands for it in messages. */
export function unstated(object: JsonObject, shown = ""): Manifest {
  return {
    shown,
    group: dirname(shown),
    object,
    placeOf: () => ({ file: shown, line: 1, column: 1 }),
    edits: () => undefined,
  };
}
