/** The lines of one object with each provider that has it; the base's, where it is in the base. */
export interface Variants {
  readonly base: readonly string[] | undefined;
  readonly providers: ReadonlyMap<string, readonly string[]>;
}

/**
 * One template for all providers. Where an overlay adds lines to an object of the base, only these depend on the provider;
 * an object that the base does not have is there for its providers alone.
 * @throws Error where an overlay takes away or changes lines: give what it changes a value of the chart first
 */
export function mergeVariants({ base, providers }: Variants, what: string): readonly string[] {
  if (base === undefined) return whole(providers);
  const added = [...providers].map(([provider, lines]) => ({
    provider,
    gaps: gapsOf(base, lines, `${what}, ${provider}`),
  }));
  const merged: string[] = [];
  for (let i = 0; i <= base.length; i++) {
    const here = added.map(({ provider, gaps }) => [provider, gaps[i] ?? []] as const);
    merged.push(...whole(new Map(here.filter(([, lines]) => lines.length > 0))));
    merged.push(...base.slice(i, i + 1));
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

/** Lines of some providers; the same ones once. */
function whole(providers: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const alike = new Map<string, string[]>();
  for (const [provider, lines] of providers) {
    const text = lines.join("\n");
    alike.set(text, [...(alike.get(text) ?? []), provider]);
  }
  return [...alike].flatMap(([text, names]) => {
    const list = names.map((name) => `"${name}"`).join(" ");
    return [`{{- if eq .Values.provider ${list} }}`, ...text.split("\n"), "{{- end }}"];
  });
}
