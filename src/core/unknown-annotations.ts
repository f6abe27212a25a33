import { kaitoWithoutEffect } from "./annotations/kaito.ts";
import { pointerOf, pointerTo } from "./field-path.ts";
import { inputAnnotations, upgradeAnnotation } from "./inputs.ts";
import { type Fix, type Issue, warning } from "./issue.ts";
import { nearest } from "./nearest.ts";
import { shortened, shown } from "./schema.ts";

// Finding the nearest name is quadratic, and nobody misspells more.
const MOST_UNKNOWN = 10;

interface Author {
  readonly title: string;
  readonly prefixes: readonly string[];
}
const authors: readonly Author[] = [
  { title: "Foresail", prefixes: ["foresail.dev/"] },
  { title: "KAITO v0.12", prefixes: ["kaito.sh/", "inference.kaito.sh/"] },
];

const known: readonly string[] = [...inputAnnotations, ...Object.keys(kaitoWithoutEffect), upgradeAnnotation];

/** Annotations below our prefixes that nobody reads: misspelt, or of another version. Other prefixes are other people's. */
export function unknownAnnotations(annotations: { readonly [key: string]: string }): readonly Issue[] {
  return Object.keys(annotations)
    .flatMap((name) => {
      const author = authors.find(({ prefixes }) => prefixes.some((prefix) => name.startsWith(prefix)));
      return author === undefined || known.includes(name) ? [] : [{ name, author }];
    })
    .slice(0, MOST_UNKNOWN)
    .map(({ name, author }) => {
      const near = nearestOf(name);
      const hint = near === undefined ? "" : `, did you mean ${near}?`;
      const path = `metadata.annotations[${shortened(name)}]`;
      const issue = warning(path, "annotation/unknown", `${shown(name)} is no annotation of ${author.title}${hint}`);
      return near === undefined || near in annotations
        ? issue
        : { ...issue, fix: renamed(path, near, annotations[name]) };
    });
}

function renamed(path: string, name: string, value: unknown): Fix {
  return {
    describes: `write ${name}`,
    patch: [
      { op: "remove", path: pointerOf(path) },
      { op: "add", path: pointerTo(["metadata", "annotations", name]), value },
    ],
  };
}

/** The nearest by what follows the prefix, which may be the wrong one: `kaito.sh/zones`. */
function nearestOf(name: string): string | undefined {
  const word = wordOf(name);
  const same = known.find((one) => wordOf(one) === word);
  if (same !== undefined) return same;
  const [near] = nearest(word, known.map(wordOf));
  return near === undefined ? undefined : known.find((one) => wordOf(one) === near);
}

function wordOf(name: string): string {
  return name.slice(name.indexOf("/") + 1);
}
