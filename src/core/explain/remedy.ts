import type { Catalogue } from "../catalogue.ts";
import { expand } from "../expand.ts";
import { errors, type Issue } from "../issue.ts";
import type { Workspace } from "../kinds/workspace.ts";
import { nearest } from "../nearest.ts";
import type { Remedy } from "./explanation.ts";
import { runningOf } from "./running.ts";

interface Edit {
  readonly path: string;
  /** Absent: the field is left out. */
  readonly set?: string;
  readonly note?: string;
}

// Each round mends what the one before brought to light.
const MOST_ROUNDS = 4;
const SIZE = "resource.instanceType";

/**
 * The nearest thing that would work, found by trying: what is wrong is left out, or replaced by the nearest that is known,
 * until the Workspace expands. Undefined where leaving out does not help.
 */
export function remedyFor(workspace: Workspace, catalogue: Catalogue, issues: readonly Issue[]): Remedy | undefined {
  let [tried, wrong] = [workspace, errors(issues)];
  const edits: Edit[] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const next = distinct(wrong.map(({ path }) => editFor(tried, path, catalogue)));
    if (next.length === 0 || next.includes(undefined)) return undefined;
    const all = next as readonly Edit[];
    tried = all.reduce(edited, tried);
    edits.push(...all);
    const { expansion, issues: left } = expand(tried, catalogue);
    if (expansion !== undefined) {
      const size = expansion.instanceType;
      const changes = edits.map((edit) => (edit.path === SIZE && size !== undefined ? { ...edit, set: size } : edit));
      return { changes, running: runningOf(tried, expansion) };
    }
    wrong = errors(left);
  }
  return undefined;
}

function distinct(edits: readonly (Edit | undefined)[]): readonly (Edit | undefined)[] {
  return edits.filter((edit, i) => edits.findIndex((other) => other?.path === edit?.path) === i);
}

/** What may be changed about a field without asking for something else than the user wants. */
function editFor(workspace: Workspace, path: string, catalogue: Catalogue): Edit | undefined {
  if (path.startsWith("metadata.annotations[")) return has(workspace, path) ? { path } : undefined;
  if (path.startsWith("resource.partition")) return { path: "resource.partition" };
  if (path.startsWith("resource.labelSelector")) return { path: "resource.labelSelector" };
  if (path === SIZE && (workspace.resource?.instanceType ?? "") !== "") return { path };
  // No size does under the limit: the limit is what stands in the way.
  if (path === SIZE) return limitOf(workspace);
  if (/^(inference|tuning)\.preset\.name$/.test(path)) return presetEdit(workspace, path, catalogue);
  if (path.endsWith(".modelAccessSecret"))
    return { path, set: "hf-token", note: "a Secret of yours with the key HF_TOKEN" };
  return undefined;
}

function has(workspace: Workspace, path: string): boolean {
  return Object.hasOwn(workspace.metadata.annotations ?? {}, path.slice("metadata.annotations[".length, -1));
}

function limitOf(workspace: Workspace): Edit | undefined {
  const path = "metadata.annotations[foresail.dev/max-hourly-price]";
  return has(workspace, path) ? { path } : undefined;
}

function presetEdit(workspace: Workspace, path: string, { current }: Catalogue): Edit | undefined {
  const name = workspace.inference?.preset?.name ?? workspace.tuning?.preset?.name ?? "";
  const former = current.formerModels.find((one) => one.name === name.toLowerCase());
  const wanted = workspace.tuning === undefined ? current.models : current.models.filter((model) => model.tuning);
  const near =
    former?.nearest ??
    nearest(
      name,
      wanted.map((model) => model.name),
    )[0];
  return near === undefined || near === name ? undefined : { path, set: near };
}

function edited(workspace: Workspace, { path, set }: Edit): Workspace {
  const { metadata, resource = { labelSelector: {} }, inference, tuning } = workspace;
  if (path.startsWith("metadata.annotations[")) {
    const { [path.slice("metadata.annotations[".length, -1)]: _, ...annotations } = metadata.annotations ?? {};
    return { ...workspace, metadata: { ...metadata, annotations } };
  }
  if (path.startsWith("resource.")) {
    const kept = Object.entries(resource).filter(([key]) => key !== path.slice("resource.".length));
    return { ...workspace, resource: { labelSelector: {}, ...Object.fromEntries(kept) } };
  }
  const part = inference ?? tuning;
  const preset = { ...part?.preset, name: path.endsWith(".name") ? (set ?? "") : (part?.preset?.name ?? "") };
  const withSecret = path.endsWith(".modelAccessSecret")
    ? { ...preset, presetOptions: { ...preset.presetOptions, modelAccessSecret: set ?? "" } }
    : preset;
  return inference === undefined
    ? { ...workspace, ...(tuning === undefined ? {} : { tuning: { ...tuning, preset: withSecret } }) }
    : { ...workspace, inference: { ...inference, preset: withSecret } };
}
