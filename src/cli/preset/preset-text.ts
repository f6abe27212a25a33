import { Document, isCollection, isSeq } from "yaml";
import type { PresetFile } from "../../core/derive/derive.ts";

// As the shipped presets are written.
const ORDER: readonly (keyof PresetFile)[] = [
  "name",
  "model",
  "revision",
  "license",
  "weightsFrom",
  "gated",
  "mayMirror",
  "architecture",
  "weightsGiB",
  "contextTokens",
  "hiddenSize",
  "vocabularySize",
  "layers",
  "attentionHeads",
  "cache",
  "kvSharedLayers",
  "quantization",
  "experts",
  "trustRemoteCode",
  "cudaToolkit",
  "env",
  "vllmFlags",
  "sources",
];

/** A preset as the YAML file of a catalogue directory: `models/<name>.yaml`. */
export function presetText(preset: PresetFile): string {
  const members = ORDER.filter((name) => preset[name] !== undefined).map((name) => [name, preset[name]] as const);
  const document = new Document(Object.fromEntries(members), { aliasDuplicateObjects: false });
  document.commentBefore = " Derived by foresail preset add. See docs/preset-add.md.";
  const cache = document.get("cache", true);
  const inline = [...(isSeq(cache) ? cache.items : []), document.get("quantization", true)];
  for (const node of inline) if (isCollection(node)) node.flow = true;
  return document.toString({ lineWidth: 0 });
}
