import { existsSync, readdirSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { packageRoot } from "../../src/package-root.ts";
import { type Page, pages } from "./support/pages.ts";

const root = packageRoot();
const FRONT = "docs/README.md";
const byPath = new Map(pages.map((page) => [page.path, page]));

interface Target {
  readonly path: string;
  readonly anchor: string | undefined;
}

/** Where a relative link leads; undefined for addresses. */
function targetOf(page: Page, link: string): Target | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [path = "", anchor] = link.split("#");
  const found = path === "" ? page.path : posix.normalize(posix.join(posix.dirname(page.path), decodeURI(path)));
  return { path: found.replace(/\/$/, ""), anchor };
}

/** What is wrong with a link; undefined: nothing. */
function fault(page: Page, link: string): string | undefined {
  const target = targetOf(page, link);
  if (target === undefined) return undefined;
  if (target.path.startsWith("..") || !existsSync(join(root, target.path))) return `${target.path} is not there`;
  if (target.anchor === undefined) return undefined;
  const there = byPath.get(target.path);
  return there?.anchors.has(target.anchor) === true ? undefined : `${target.path} has no heading #${target.anchor}`;
}

/** Pages that links lead to from `front`, however many steps away. A folder stands for its README. */
function reachable(front: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const waiting = [front];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const page = byPath.get(path) ?? byPath.get(`${path}/README.md`);
    for (const { text } of page?.links ?? []) {
      const target = page === undefined ? undefined : targetOf(page, text);
      if (target?.path.startsWith("docs/") === true) waiting.push(target.path);
    }
  }
  return seen;
}

describe("the links of the pages", () => {
  it("lead to files and headings that are there", () => {
    const broken = pages.flatMap((page) =>
      page.links.flatMap(({ line, text }) => {
        const why = fault(page, text);
        return why === undefined ? [] : [`${page.path}:${line} ${text}: ${why}`];
      }),
    );
    expect(pages.flatMap(({ links }) => links).length).to.be.greaterThan(100);
    expect(broken).to.deep.equal([]);
  });

  it("lead from docs/README.md to every page of docs, and to each of those beside it at once", () => {
    const front = byPath.get(FRONT);
    const beside = readdirSync(join(root, "docs"))
      .map((name) => `docs/${name}`)
      .filter((path) => path !== FRONT);
    const linked = new Set(front?.links.map(({ text }) => front && targetOf(front, text)?.path));
    const listed = (path: string): boolean => linked.has(path) || linked.has(`${path}/README.md`);
    expect(beside.filter((path) => !listed(path))).to.deep.equal([]);

    const far = reachable(FRONT);
    const away = pages
      .map(({ path }) => path)
      .filter((path) => path.startsWith("docs/") && !path.startsWith("docs/adr/"));
    expect(away.filter((path) => !far.has(path) && !far.has(posix.dirname(path)))).to.deep.equal([]);
    expect(statSync(join(root, "docs/adr")).isDirectory()).to.equal(true);
  });

  it("lead from the front page of the repository to that of docs", () => {
    expect(byPath.get("README.md")?.links.map(({ text }) => text)).to.include(FRONT);
  });
});
