import type { ExplainedValue, Explanation, Remedy, Running, Upgrade } from "../../core/explain/explanation.ts";
import { counted } from "../../core/explain/quantity.ts";
import { keyOfNamed } from "../../core/kinds/workspace-names.ts";
import { memoryBar } from "./memory-bar.ts";
import { shownCell, shownRunning, shownValue } from "./shown.ts";
import { sizeLines } from "./size-table.ts";
import { stateLines } from "./state-lines.ts";
import { asAscii, coloured, type Style } from "./style.ts";
import { table, wrapped } from "./table.ts";

/** Where a field of a Workspace stands, as `file:line`; undefined for what is in no file. */
export type Place = (field: string) => string | undefined;

const BOLD = 1;
const MOST_CHANGES = 20;

/** An explanation as text, a blank line between its parts; ends with a line break. */
export function explanationText(explanation: Explanation, style: Style, place: Place = () => undefined): string {
  const { release, running, state, memory, sizes, prices, upgrade, remedy } = explanation;
  const title = `${keyOfNamed(explanation)}: ${running === undefined ? "refused" : shownRunning(running)}`;
  const parts: readonly (readonly string[])[] = [
    [
      ...wrapped(title, style.width).map((line) => coloured(line, BOLD, style)),
      ...(running === undefined ? [] : runningLines(running, release, style)),
    ],
    state === undefined ? [] : stateLines(state, style.width),
    running === undefined ? refusals(explanation, style) : [],
    remedy === undefined ? [] : remedyLines(remedy, style),
    memory === undefined ? [] : memoryBar(memory, style),
    valueLines(explanation, style, place),
    sizes === undefined ? [] : sizeLines(sizes, prices, style.width),
    upgrade === undefined ? [] : upgradeLines(upgrade, style),
  ];
  const text = `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
  // Colours are ASCII, but not printable.
  return style.ascii ? text.split("\x1b").map(asAscii).join("\x1b") : text;
}

function runningLines(running: Running, release: string, { width }: Style): readonly string[] {
  const { model, revision, license, runtime, image, gpu, parallelism } = running;
  const spread =
    parallelism === undefined
      ? ""
      : `; tensor ${parallelism.tensor} × pipeline ${parallelism.pipeline} × data ${parallelism.data}`;
  const memory = gpu?.memoryGiB === undefined ? "" : ` ${gpu.memoryGiB} GiB`;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["model", model === undefined ? undefined : `${model} at ${revision}, licence ${license}`],
    ["image", image === undefined ? undefined : `${image} (${runtime})`],
    ["GPUs", gpu === undefined ? undefined : `${gpu.perNode} × ${gpu.model ?? "GPU"}${memory} a node${spread}`],
    ["runs as", replicasText(running)],
    ["catalogue", release],
  ];
  return table(
    rows.flatMap(([label, text]) => (text === undefined ? [] : [[label, text]])),
    width,
  );
}

function replicasText({ replicas, nodeCount, placement, task }: Running): string {
  const nodes = counted(nodeCount, placement === undefined ? "node" : "shared node");
  if (task === "tuning") return `a job on ${nodes}`;
  if (replicas === undefined) return `replicas of ${nodes} each, as many as it is scaled to`;
  return replicas === 1 ? `1 replica of ${nodes}` : `${counted(replicas, "replica")} of ${nodes} each`;
}

function refusals({ issues }: Explanation, { width }: Style): readonly string[] {
  const wrong = issues.filter(({ level }) => level === "error");
  return ["Refused", ...wrong.flatMap(({ message }) => indented(message, width))];
}

function indented(text: string, width: number): readonly string[] {
  return wrapped(text, width - 4).map((line, i) => `${i === 0 ? "  " : "    "}${line}`);
}

function remedyLines({ changes, running }: Remedy, { width }: Style): readonly string[] {
  const edits = changes.map(({ path, set, note }) => {
    const edit = set === undefined ? `leave out ${path}` : `set ${path} to ${set}`;
    return note === undefined ? edit : `${edit}, ${note}`;
  });
  return [
    "Nearest that would work",
    ...edits.flatMap((edit) => indented(edit, width)),
    ...indented(`→ ${shownRunning(running)}`, width),
  ];
}

function valueLines({ values }: Explanation, { width }: Style, place: Place): readonly string[] {
  if (values.length === 0) return [];
  let above = "";
  const rows = values.map((value) => {
    const from = fromText(value, place);
    const cell = from === above ? DITTO : from;
    above = from;
    return [value.path, shownCell(value), value.origin, cell];
  });
  return ["Where every value comes from", ...table([["VALUE", "IS", "ORIGIN", "FROM"], ...rows], width, VALUE_LAYOUT)];
}

// The same as in the row above.
const DITTO = '"';
const VALUE_LAYOUT = {
  yielding: [
    [3, 26],
    [1, 16],
    [0, 23],
  ],
} as const;

function fromText({ source, field, over = [] }: ExplainedValue, place: Place): string {
  const at = field === undefined ? undefined : place(field);
  const instead = over.map((one) => `, over ${one.value === "" ? "set" : one.value} (${one.origin})`).join("");
  return `${source}${at === undefined ? "" : ` ${at}`}${instead}`;
}

function upgradeLines({ from, to, restarts, changes, refused }: Upgrade, { width }: Style): readonly string[] {
  if (refused !== undefined) {
    return [`Catalogue ${to} would refuse it`, ...refused.flatMap(({ message }) => indented(message, width))];
  }
  const rows = changes
    .slice(0, MOST_CHANGES)
    .map(({ path, from: old, to: now }) => [
      path,
      old === undefined ? "absent" : shownValue(old),
      "→",
      now === undefined ? "absent" : shownValue(now),
    ]);
  const more = changes.length > MOST_CHANGES ? [`  and ${changes.length - MOST_CHANGES} more`] : [];
  const effect = restarts ? "restarts the model" : "restarts nothing";
  const heading = wrapped(`Catalogue ${to} instead of ${from} ${effect} and changes`, width);
  return [...heading, ...table(rows, width), ...more];
}
