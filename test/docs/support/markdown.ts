/** A line of a page, and where it stands. */
export interface PageLine {
  readonly line: number;
  readonly text: string;
}

export interface CodeBlock {
  /** What the fence says; "" where it says nothing, and for indented code. */
  readonly language: string;
  readonly fenced: boolean;
  readonly lines: readonly PageLine[];
}

export interface MarkdownPage {
  /** Lines of text, code taken out. */
  readonly prose: readonly PageLine[];
  /** Blocks of code, fenced or indented; the indentation that makes them code is taken away. */
  readonly blocks: readonly CodeBlock[];
  /** What stands between single backticks in the text. */
  readonly spans: readonly PageLine[];
  readonly links: readonly PageLine[];
  /** What `#…` may name. */
  readonly anchors: ReadonlySet<string>;
}

const FENCE = /^(\s*)```(\w*)/;
const INDENTED = /^(?: {4}|\t)/;
const SPAN = /`([^`]+)`/g;
// [text](target) or ![text](target "title"); a target has no white space.
const LINK = /\]\(([^()\s]+)(?:\s+"[^"]*")?\)/g;

/** As much of Markdown as these pages use: the headings, links and code that GitHub sees in them. */
export function parsePage(markdown: string): MarkdownPage {
  const { prose, blocks } = split(markdown);
  const matches = (pattern: RegExp, strip: boolean): readonly PageLine[] =>
    prose.flatMap(({ line, text }) =>
      [...(strip ? withoutSpans(text) : text).matchAll(pattern)].map(([, found = ""]) => ({ line, text: found })),
    );
  return { prose, blocks, spans: matches(SPAN, false), links: matches(LINK, true), anchors: anchorsOf(prose) };
}

function split(markdown: string): Pick<MarkdownPage, "prose" | "blocks"> {
  const prose: PageLine[] = [];
  const blocks: { language: string; fenced: boolean; lines: PageLine[] }[] = [];
  // The fence that is open: how far it is indented.
  let open: number | undefined;
  let inBlock = false;
  let before = "";
  for (const [i, text] of markdown.split("\n").entries()) {
    const line = i + 1;
    const fence = FENCE.exec(text);
    // An indented block follows an empty line or itself: otherwise it is a paragraph that goes on.
    const indented = INDENTED.test(text) && (inBlock || before.trim() === "");
    if (fence !== null) {
      const [, indent = "", language = ""] = fence;
      if (open === undefined) blocks.push({ language, fenced: true, lines: [] });
      open = open === undefined ? indent.length : undefined;
      inBlock = false;
    } else if (open !== undefined) {
      blocks.at(-1)?.lines.push({ line, text: text.slice(open) });
    } else if (indented) {
      if (!inBlock) blocks.push({ language: "", fenced: false, lines: [] });
      inBlock = true;
      blocks.at(-1)?.lines.push({ line, text: text.replace(INDENTED, "") });
    } else if (inBlock && text.trim() === "") {
      // Empty lines belong to a block that goes on after them.
      blocks.at(-1)?.lines.push({ line, text: "" });
    } else {
      inBlock = false;
      prose.push({ line, text });
    }
    before = text;
  }
  return { prose, blocks };
}

function withoutSpans(text: string): string {
  return text.replaceAll(SPAN, "``");
}

/** Slugs of the headings as GitHub makes them: a second heading of the same words gets `-1`. */
function anchorsOf(prose: readonly PageLine[]): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const { text } of prose) {
    const [, heading] = /^#{1,6}\s+(.*?)\s*#*$/.exec(text) ?? [];
    if (heading === undefined) continue;
    const shown = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1");
    const slug = shown
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc}\- ]/gu, "")
      .replaceAll(" ", "-");
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}
