import { dirname } from "node:path";
import type { Operation } from "../../core/diff.ts";
import { type Key, keysOf } from "../../core/field-path.ts";
import type { JsonObject } from "../../core/json.ts";
import { checkSyntax, objectsOf, type ParsedDocument, plainOf } from "./document.ts";
import { fileEdits } from "./edit/file-edits.ts";
import type { Manifest } from "./manifest.ts";
import { placeIn } from "./place.ts";
import { STANDARD_INPUT } from "./source.ts";

/** The objects of a document as manifests. Throws UsageError with path and line for text that cannot be parsed. */
export function manifestsOf(document: ParsedDocument): readonly Manifest[] {
  checkSyntax(document);
  return objectsOf(plainOf(document)).map(({ object, at }) => manifestOf(document, object, at));
}

function manifestOf(document: ParsedDocument, object: JsonObject, at: readonly Key[]): Manifest {
  const { shown } = document;
  return {
    shown,
    group: dirname(shown),
    object,
    placeOf: (path) => placeIn(document, [...at, ...keysOf(path)]),
    edits: (patch) =>
      shown === STANDARD_INPUT
        ? undefined
        : fileEdits(
            document,
            patch.map((operation) => below(at, operation)),
          ),
  };
}

function below(at: readonly Key[], operation: Operation): Operation {
  return at.length === 0 ? operation : { ...operation, path: `/${at.join("/")}${operation.path}` };
}
