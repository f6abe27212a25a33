import type { JsonObject } from "../../../../src/core/json.ts";
import { applyFor, lookOf } from "./drift.ts";
import { DIFF_MODES, type DiffMode, type Engines } from "./engines.ts";

/** One thing that happens to a Workspace, and what each mode is to see of it. */
export interface Row {
  readonly title: string;
  /** What git states; the name is one of the row's own for each mode. */
  readonly git: (name: string) => JsonObject;
  /** What git states afterwards: then one look before it is applied has to see it. */
  readonly changedTo?: (name: string) => JsonObject;
  /** What others do to the object once it is there. */
  readonly others?: (name: string) => Promise<void>;
  /** What happens once, when the objects of all modes are there. */
  readonly meanwhile?: () => Promise<void>;
}

/** `U`: no look sees anything. `1`: only the look before a change of git is applied. `D`: each look. Else the error. */
export type Cell = string;

const LOOKS = 3;

/** Applies and looks in each of the five modes, each with an object of its own. */
export async function cellsOf(engines: Engines, row: Row, index: number): Promise<readonly Cell[]> {
  const nameFor = (mode: DiffMode): string => `row-${index}-${mode}`;
  for (const mode of DIFF_MODES) {
    await applyFor(engines, mode, row.git(nameFor(mode)));
    await row.others?.(nameFor(mode));
  }
  await row.meanwhile?.();
  const cells: Cell[] = [];
  for (const mode of DIFF_MODES) {
    cells.push(await cellOf(engines, mode, (row.changedTo ?? row.git)(nameFor(mode))));
  }
  return cells;
}

async function cellOf(engines: Engines, mode: DiffMode, wanted: JsonObject): Promise<Cell> {
  const seen: string[] = [];
  for (let look = 0; look < LOOKS; look++) {
    const said = await lookOf(engines, mode, wanted);
    seen.push(said);
    if (said !== "clean") await applyFor(engines, mode, wanted);
  }
  return symbol(seen);
}

function symbol(seen: readonly string[]): Cell {
  const drifted = seen.map((look) => look !== "clean");
  const error = seen.find((look) => !["clean", "OutOfSync", "configured"].includes(look));
  if (error !== undefined) return error;
  if (!drifted.includes(true)) return "U";
  return drifted[0] === true && !drifted.slice(1).includes(true) ? "1" : "D";
}

/** The rows as a table of Markdown. */
export function tableOf(rows: readonly (readonly [title: string, cells: readonly Cell[]])[]): string {
  const head = ["", "Flux", "legacy", "structured merge", "server-side", "server-side + webhooks"];
  const lines = [head, head.map(() => "---"), ...rows.map(([title, cells]) => [title, ...cells])];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
