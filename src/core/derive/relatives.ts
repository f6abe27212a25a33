import type { Model, Release } from "../catalogue.ts";

/** What every preset of an architecture states alike, because the architecture needs it and not one model. */
export interface Inherited {
  readonly vllmFlags: Model["vllmFlags"];
  readonly env: Model["env"];
  readonly cudaToolkit: boolean;
  /** Name of one of the presets it is from; absent when nothing is inherited. */
  readonly from?: string;
}

// These belong to one model: its chat format, the layout of its files, choices of its publisher.
const OF_ONE_MODEL: ReadonlySet<string> = new Set([
  "chat-template",
  "config-format",
  "enable-auto-tool-choice",
  "kv-cache-dtype",
  "load-format",
  "reasoning-parser",
  "tokenizer-mode",
  "tool-call-parser",
]);

/** Flags, variables and tools that the catalogue's presets of this architecture have in common. */
export function inherited(release: Release, architecture: string): Inherited {
  const relatives = release.models.filter((model) => model.architecture === architecture);
  const [first] = relatives;
  if (first === undefined) return { vllmFlags: {}, env: {}, cudaToolkit: false };
  const vllmFlags = common(relatives.map((model) => model.vllmFlags)).filter(([flag]) => !OF_ONE_MODEL.has(flag));
  const env = common(relatives.map((model) => model.env));
  const cudaToolkit = relatives.every((model) => model.cudaToolkit);
  const anything = vllmFlags.length > 0 || env.length > 0 || cudaToolkit;
  return {
    vllmFlags: Object.fromEntries(vllmFlags),
    env: Object.fromEntries(env),
    cudaToolkit,
    ...(anything ? { from: first.name } : {}),
  };
}

function common(maps: readonly { readonly [key: string]: string }[]): readonly (readonly [string, string])[] {
  return Object.entries(maps[0] ?? {}).filter(([key, value]) =>
    maps.every((map) => Object.hasOwn(map, key) && map[key] === value),
  );
}
