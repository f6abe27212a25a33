import { printable } from "./printable.ts";

/** An element of XML 1.0 with its content on lines of their own. Names are ours; values and text are anybody's. */
export function element(
  name: string,
  attributes: { readonly [name: string]: string | number },
  content: readonly string[] = [],
): readonly string[] {
  const stated = Object.entries(attributes).map(([key, value]) => ` ${key}="${xmlText(String(value))}"`);
  const start = `<${name}${stated.join("")}`;
  if (content.length === 0) return [`${start}/>`];
  return [`${start}>`, ...content.map((line) => `  ${line}`), `</${name}>`];
}

const ENTITIES: { readonly [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** One line of text; characters that XML 1.0 does not have are written out before. */
export function xmlText(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
