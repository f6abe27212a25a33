/**
 * Remembers what was told, so that it is told once: true where an id has not been seen lately.
 * @param most ids to remember; then all are forgotten, and told again: the events have the same names
 */
export function createNews(most: number): (id: string) => boolean {
  const told = new Set<string>();
  return (id) => {
    if (told.has(id)) return false;
    if (told.size >= most) told.clear();
    told.add(id);
    return true;
  };
}
