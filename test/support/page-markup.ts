import { STYLE } from "../../src/core/html/style.ts";
import { steering } from "../core/report/support/hostile.ts";

/** Every tag that a page of ours may have, with all of its attributes and what their values are made of. */
const TAG =
  /^<(?:!DOCTYPE html|\/?(?:html|head|meta|title|style|body|a|header|p|h[1-3]|dl|div|dt|dd|nav|main|section|footer|details|summary|span|ul|li|code|b|pre|ins|del|figure|figcaption|svg|rect|table|caption|thead|tbody|tr|th|td)(?: (?:class|id|lang|charset|name|aria-hidden|aria-label|aria-labelledby|scope|colspan|tabindex|x|width|height|viewBox|preserveAspectRatio)="[\w .-]*"| href="#[a-z]+"| open| http-equiv="Content-Security-Policy"| content="(?:[\w ,=-]+|default-src 'none'; [^"<>]*)")*\/?)>$/;

/** What is in a page that is no markup of ours, or that steers or hides; empty is good. */
export function foreignMarkup(page: string): readonly string[] {
  const body = page.replace(STYLE, "");
  const tags = body.match(/<[^<>]*>/g) ?? [];
  const text = body.replace(/<[^<>]*>/g, "");
  return [
    ...tags.filter((tag) => !TAG.test(tag)),
    ...(text.match(/[<>"'`].{0,40}/g) ?? []),
    ...(steering.test(body) ? ["a character that steers or turns text"] : []),
  ];
}
