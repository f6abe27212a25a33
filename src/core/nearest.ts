const MOST_SUGGESTIONS = 3;
// Longer input is hostile or no name at all; the distance is quadratic.
const LONGEST_NAME = 120;

/** The known names nearest to what was given, best first, at most three; none when nothing is like it. */
export function nearest(given: string, known: readonly string[]): readonly string[] {
  if (given.length > LONGEST_NAME) return [];
  const wanted = given.toLowerCase();
  return known
    .map((name) => ({ name, distance: distance(wanted, name.toLowerCase()) }))
    .filter(({ name, distance: d }) => d <= Math.max(3, Math.ceil(name.length / 2)))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_SUGGESTIONS)
    .map(({ name }) => name);
}

/** The one name that was surely meant: near, and nearer than any other. */
export function surelyMeant(given: string, known: readonly string[]): string | undefined {
  const [first, second] = nearest(given, known);
  if (first === undefined) return undefined;
  const away = (name: string): number => distance(given.toLowerCase(), name.toLowerCase());
  const isNear = away(first) <= Math.max(1, Math.floor(first.length / 4));
  return isNear && (second === undefined || away(first) < away(second)) ? first : undefined;
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, substitution));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
