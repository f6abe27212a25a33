/** The lines of one object with each provider that has it; the base's, where it is in the base. */
export interface Variants {
  readonly base: readonly string[] | undefined;
  readonly providers: ReadonlyMap<string, readonly string[]>;
  /** As it is in a trial; absent: as in the base. */
  readonly trial?: readonly string[];
}

/**
 * One template for all providers, and for a trial. Where an overlay adds lines to an object of the base, only these depend on the provider;
 * an object that the base does not have is there for its providers alone.
 * @throws Error where an overlay takes away or changes lines: give what it changes a value of the chart first
 */
export function mergeVariants({ base, providers, trial }: Variants, what: string): readonly string[] {
  if (base === undefined) return whole(providers);
  const added = [...providers].map(([provider, lines]) => ({
    provider,
    gaps: gapsOf(base, lines, `${what}, ${provider}`),
  }));
  const changes = changesOf(base, trial ?? base);
  const merged: string[] = [];
  let wasGone = false;
  for (let i = 0; i <= base.length; i++) {
    const { length } = merged;
    const here = added.map(({ provider, gaps }) => [provider, gaps[i] ?? []] as const);
    merged.push(...whole(new Map(here.filter(([, lines]) => lines.length > 0))));
    const { come, goes } = changes[i] ?? UNCHANGED;
    if (come.length > 0) merged.push(...guarded(".Values.trial", come));
    const line = base.slice(i, i + 1);
    if (!goes) merged.push(...line);
    // Lines that go one after the other are one block.
    else if (wasGone && merged.length === length) merged.splice(-1, 0, ...line);
    else merged.push(...guarded("not .Values.trial", line));
    wasGone = goes;
  }
  return merged;
}

/** What stands before each line of the base, and after its last. */
function gapsOf(base: readonly string[], lines: readonly string[], what: string): readonly (readonly string[])[] {
  const gaps: string[][] = [[]];
  for (const line of lines) {
    if (line === base[gaps.length - 1]) gaps.push([]);
    else gaps.at(-1)?.push(line);
  }
  if (gaps.length !== base.length + 1) {
    throw new Error(
      `${what}: the overlay changes the line "${base[gaps.length - 1]}", of which the chart has no value`,
    );
  }
  return gaps;
}

interface LineChange {
  /** What stands before the line, and not in the base. */
  readonly come: readonly string[];
  readonly goes: boolean;
}

const UNCHANGED: LineChange = { come: [], goes: false };

/** For each line of the base, and for what is behind its last, what another text makes of it: as few changes as there can be. */
function changesOf(base: readonly string[], other: readonly string[]): readonly LineChange[] {
  const kept = commonLengths(base, other);
  const changes: LineChange[] = [];
  let [j, come]: [number, string[]] = [0, []];
  for (let i = 0; i < base.length; ) {
    const [without = 0, later = 0] = [kept[i + 1]?.[j], kept[i]?.[j + 1]];
    if (base[i] === other[j]) {
      changes.push({ come, goes: false });
      [i, j, come] = [i + 1, j + 1, []];
    } else if (j < other.length && later > without) {
      come.push(other[j] ?? "");
      j += 1;
    } else {
      changes.push({ come, goes: true });
      [i, come] = [i + 1, []];
    }
  }
  return [...changes, { come: [...come, ...other.slice(j)], goes: false }];
}

/** How many lines the two have in common, in the same order, from line i of the one and j of the other on. */
function commonLengths(base: readonly string[], other: readonly string[]): readonly (readonly number[])[] {
  const lengths = Array.from({ length: base.length + 1 }, () => new Array<number>(other.length + 1).fill(0));
  for (let i = base.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      const [row, next] = [lengths[i], lengths[i + 1]];
      if (row === undefined || next === undefined) continue;
      row[j] = base[i] === other[j] ? 1 + (next[j + 1] ?? 0) : Math.max(next[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return lengths;
}

/** Lines of some providers; the same ones once. */
function whole(providers: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const alike = new Map<string, string[]>();
  for (const [provider, lines] of providers) {
    const text = lines.join("\n");
    alike.set(text, [...(alike.get(text) ?? []), provider]);
  }
  return [...alike].flatMap(([text, names]) => {
    const list = names.map((name) => `"${name}"`).join(" ");
    return guarded(`eq .Values.provider ${list}`, text.split("\n"));
  });
}

/** Lines of a template that are there under a condition. */
export function guarded(condition: string, lines: readonly string[]): readonly string[] {
  return [`{{- if ${condition} }}`, ...lines, "{{- end }}"];
}
