import { printable } from "../report/printable.ts";

/** Markup of ours; whatever is not of this type is text. */
export interface Html {
  readonly markup: string;
}

/** What a template takes: text and numbers are escaped, markup stays, lists follow each other, undefined is nothing. */
export type Content = Html | string | number | undefined | readonly Content[];

const ENTITIES: { readonly [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
  "=": "&#61;",
};

/** Markup from a template of ours. Values may stand between tags and between the quotes of an attribute, nowhere else. */
export function html(literals: TemplateStringsArray, ...values: readonly Content[]): Html {
  return { markup: literals.map((literal, i) => literal + markupOf(values[i])).join("") };
}

function markupOf(content: Content): string {
  if (content === undefined) return "";
  if (typeof content === "string" || typeof content === "number") return escaped(String(content));
  if ("markup" in content) return content.markup;
  return content.map(markupOf).join("");
}

/** One line of text; what steers, hides or turns text is written out. */
function escaped(text: string): string {
  return printable(text).replace(/[&<>"'`=]/g, (character) => ENTITIES[character] ?? character);
}
