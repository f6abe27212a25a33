import type { PriceSource, RankedSize, Sizes, UnfitSize } from "../../core/explain/explanation.ts";
import { shownNumber } from "../../core/explain/quantity.ts";
import { shownUsd } from "./shown.ts";
import { type Layout, table, wrapped } from "./table.ts";

const MOST_RANKED = 8;
const MOST_UNFIT = 8;

// As wide as the mark; a space would be lost where a cell is wrapped.
const NO_MARK = "·";

/** Sizes that fit in order of price, the chosen one marked, then why cheaper ones do not do, then where prices are from. */
export function sizeLines(sizes: Sizes, prices: readonly PriceSource[], width: number): readonly string[] {
  const { region, capacityType, ranked, unfit } = sizes;
  const at = ranked.findIndex(({ chosen }) => chosen);
  // The chosen one is told wherever it stands.
  const told = ranked.filter((_, i) => i < MOST_RANKED || i === at);
  const more = ranked.length - told.length;
  const cheaper = unfit.filter((size) => size.cheaper);
  const serves = ranked.some((size) => size.capacityTokens !== undefined);
  const columns = columnsFor(width, serves);
  const rows = [HEAD, ...told.map(sizeRow)].map((row) => columns.map((column) => row[column] ?? ""));
  return [
    `Sizes that fit in ${region}, ${capacityType}`,
    ...(ranked.length === 0 ? ["  none"] : table(rows, width, layoutOf(columns))),
    ...(serves ? indented(PER_MILLION, width) : []),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...reasons(ranked, width),
    ...(cheaper.length === 0 ? [] : ["Cheaper sizes that do not do", ...unfitLines(cheaper, width)]),
    ...prices.flatMap((price) => wrapped(priceText(price), width)),
  ];
}

const HEAD = ["  SIZE", "GPUS OF A NODE", "$/H", "$/1M", "CONTEXT", "AT ONCE"] as const;
const [GPUS, PRICE] = [1, 2] as const;
// Below this the names of sizes would be cut to pieces.
const WIDE_COLUMNS = 72;
const PER_MILLION = "$/1M: $/h for each million tokens of context that the KV cache of one replica holds at once";

/** Of a training run nothing is known but the price. */
function columnsFor(width: number, serves: boolean): readonly number[] {
  const all = HEAD.map((_, column) => column);
  const told = serves ? all : all.slice(0, PRICE + 1);
  return width < WIDE_COLUMNS
    ? told.filter((column) => column === 0 || column === PRICE || column === PRICE + 1)
    : told;
}

/** Numbers to the right; GPUs give way to names. */
function layoutOf(columns: readonly number[]): Layout {
  return {
    right: columns.flatMap((column, i) => (column >= PRICE ? [i] : [])),
    yielding: columns.flatMap((column, i) => (column === GPUS ? [[i, 12] as const] : [])),
  };
}

function sizeRow(size: RankedSize): readonly string[] {
  const { instanceType, gpu, nodeCount, hourlyPriceUsd, bound, hourlyUsdPerMillionTokens: perMillion } = size;
  return [
    `${size.chosen ? "●" : NO_MARK} ${nodeCount > 1 ? `${nodeCount} × ` : ""}${instanceType}`,
    gpu,
    shownUsd(hourlyPriceUsd, bound)
      .replace(/^(≤ )?\$/, "$1")
      .replace(/\/h$/, ""),
    perMillion === undefined ? "" : `${bound === "at-most" ? "≤ " : ""}${perMillion.toFixed(2)}`,
    size.maxModelLen === undefined ? "" : shownNumber(size.maxModelLen),
    size.maxConcurrency === undefined ? "" : shownNumber(size.maxConcurrency),
  ];
}

function reasons(ranked: readonly RankedSize[], width: number): readonly string[] {
  const passed = ranked.filter(({ reason }) => reason !== undefined);
  const [first] = passed;
  if (first?.reason === undefined) return [];
  const names = passed.length === 1 ? first.instanceType : `${passed.length} cheaper sizes`;
  return indented(`${names} not chosen: ${first.reason}`, width);
}

function indented(text: string, width: number): readonly string[] {
  return wrapped(text, width - 2).map((line) => `  ${line}`);
}

function unfitLines(unfit: readonly UnfitSize[], width: number): readonly string[] {
  const rows = unfit
    .slice(0, MOST_UNFIT)
    .map(({ instanceType, hourlyPriceUsd, bound, reason }) => [instanceType, shownUsd(hourlyPriceUsd, bound), reason]);
  const more = unfit.length > MOST_UNFIT ? [`  and ${unfit.length - MOST_UNFIT} more`] : [];
  return [...table(rows, width, { right: [1] }), ...more];
}

function priceText({ source, date, ageDays, stale }: PriceSource): string {
  return `Prices: ${source}, ${date}${stale ? `, ${ageDays} days old` : ""}`;
}
