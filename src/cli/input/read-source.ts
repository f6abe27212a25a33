import { parseDocuments } from "./document.ts";
import type { Files } from "./kustomize/files.ts";
import type { Manifest } from "./manifest.ts";
import { mentionsBeside, mentionsOurs } from "./ours.ts";
import { manifestsOf } from "./plain-manifest.ts";
import type { Source } from "./source.ts";

/**
 * The objects of a YAML or JSON text: every document, and the items of every List. A text that names neither our API group, nor our label,
 * nor settings of ours is skipped unparsed, so that templates which are not YAML yet do no harm.
 * Throws UsageError with path and line for text that cannot be parsed.
 * @param files of the run, where the text is one of them
 */
export function readManifests(source: Source, files?: Files): readonly Manifest[] {
  const ours = mentionsOurs(source.text);
  if (!ours && !mentionsBeside(source.text)) return [];
  const documents = files?.parsed(source) ?? parseDocuments(source);
  if (!ours && documents.some(({ document }) => document.errors.length > 0)) return [];
  return documents.flatMap(manifestsOf);
}
