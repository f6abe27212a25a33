import type { JsonObject } from "../../../../src/core/json.ts";
import { type ArgoDiffMode, DIFF_MODES, type DiffMode, type Engines } from "./engines.ts";

/** Applies an object the way the engine of a diff mode does; to see a dropped field each mode needs its own way. */
export async function applyFor(engines: Engines, mode: DiffMode, object: JsonObject): Promise<void> {
  if (mode === "flux") await engines.flux.apply([object]);
  else await engines.argo.apply(object, mode === "legacy" ? "client-side" : "server-side");
}

/** What one look of a mode says: nothing, or that it would apply again, or an error's text. */
export async function lookOf(engines: Engines, mode: DiffMode, object: JsonObject): Promise<string> {
  if (mode === "flux") {
    const action = await engines.flux.diff(object);
    return action === "unchanged" ? "clean" : action;
  }
  const { modified, error } = await engines.argo.diff(object, mode satisfies ArgoDiffMode);
  return error ?? (modified ? "OutOfSync" : "clean");
}

/**
 * For each of the five modes: applies the object as that engine does, under a name of its own, and looks again.
 * @returns the modes that see something, with what they say; empty when none does
 */
export async function driftOf(
  engines: Engines,
  objectNamed: (name: string) => JsonObject,
  between: (name: string) => Promise<void> = async () => undefined,
): Promise<readonly string[]> {
  const seen: string[] = [];
  for (const mode of DIFF_MODES) {
    const object = objectNamed(mode);
    await applyFor(engines, mode, object);
    await between(mode);
    const look = await lookOf(engines, mode, object);
    if (look !== "clean") seen.push(`${mode}: ${look}`);
  }
  return seen;
}
