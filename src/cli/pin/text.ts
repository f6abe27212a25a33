import { shownPods } from "../../core/compare/format/words.ts";
import type { Change } from "../../core/explain/explanation.ts";
import { counted } from "../../core/explain/quantity.ts";
import type { PinEffect } from "../../core/pin/pin-effect.ts";
import { shownValue } from "../explain/shown.ts";
import { asAscii, type Style } from "../explain/style.ts";
import { table, wrapped } from "../explain/table.ts";
import type { Pin } from "./pins.ts";

const MOST_CHANGES = 20;

export interface Told {
  readonly kind: Pin["kind"];
  readonly name: string;
  readonly effect: PinEffect;
}

/**
 * What each pin changes, and how many there are; ends with a line break.
 * @param verb of the count: `pinned`, or `to pin` where nothing is written
 */
export function pinText(told: readonly Told[], verb: string, rest: readonly string[], style: Style): string {
  const kinds = (["Workspace", "template"] as const).flatMap((kind) => {
    const { length } = told.filter((one) => one.kind === kind);
    return length === 0 ? [] : [counted(length, kind)];
  });
  const count = kinds.length === 0 ? ["nothing to pin"] : [`${kinds.join(" and ")} ${verb}`];
  const lines = [
    ...told.flatMap((one) => effectLines(one, style)),
    ...wrapped([...count, ...rest].join(", "), style.width),
  ];
  const text = `${lines.join("\n")}\n`;
  return style.ascii ? asAscii(text) : text;
}

function effectLines({ name, effect }: Told, { width }: Style): readonly string[] {
  const { from = "not pinned", to, changes } = effect;
  const more = changes.length > MOST_CHANGES ? [`  and ${changes.length - MOST_CHANGES} more`] : [];
  return [
    ...wrapped(`${name}: ${from} → ${to}: ${meaning(effect)}`, width),
    ...(changes.length === 0 ? [] : table(changes.slice(0, MOST_CHANGES).map(row), width)),
    ...more,
  ];
}

function meaning({ from, isKnown, changes, restarts, pods }: PinEffect): string {
  const becomes = pods === undefined ? "" : `${shownPods(pods)}; `;
  if (!isKnown) return `${becomes}what changes is not known, the former release is not at hand`;
  // What a cluster stores may be of any release where git states none.
  const against = from === undefined ? " for one that is made today" : "";
  if (changes.length === 0) return `${becomes}nothing ${pods === undefined ? "" : "else "}changes${against}`;
  if (pods !== undefined) return `${becomes}changes${against}`;
  return restarts ? `restarts the model${against}; changes` : `restarts nothing${against}; changes`;
}

function row({ path, from, to }: Change): readonly string[] {
  const shown = (value: Change["from"]): string => (value === undefined ? "absent" : shownValue(value));
  return [path, shown(from), "→", shown(to)];
}
