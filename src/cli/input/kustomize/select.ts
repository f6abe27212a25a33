import { lookUp, type Tree, textOf } from "../tree/tree.ts";
import { matcher } from "./patterns.ts";
import { effectiveNamespace, type Resource, type ResourceId, stringMap } from "./resource.ts";
import { Unsupported } from "./unsupported.ts";

/** Matches ids by the patterns of a `target` or `select`; what is not stated matches all. */
export interface IdMatcher {
  readonly kind: (id: ResourceId) => boolean;
  readonly name: (name: string) => boolean;
  readonly namespace: (namespace: string) => boolean;
}

export function idMatcher(selector: Tree | undefined): IdMatcher {
  const part = (key: string): ((text: string) => boolean) => {
    const pattern = textOf(lookUp(selector, key));
    return pattern === "" ? () => true : matcher(pattern, true);
  };
  const [group, version, kind] = [part("group"), part("version"), part("kind")];
  return {
    kind: (id) => group(id.group) && version(id.version) && kind(id.kind),
    name: part("name"),
    namespace: part("namespace"),
  };
}

/** The resources that a patch's `target` selects, by their names now or in their files. */
export function select(resources: readonly Resource[], selector: Tree | undefined): readonly Resource[] {
  const matches = idMatcher(selector);
  return resources.filter((one) => {
    const [now, original] = [one.id, one.originalId];
    return (
      [original, now].some((id) => matches.namespace(effectiveNamespace(id))) &&
      [original, now].some((id) => matches.name(id.name)) &&
      matches.kind(now) &&
      matchesMetadata(one, selector)
    );
  });
}

export function matchesMetadata({ tree }: Resource, selector: Tree | undefined): boolean {
  return (
    matchesMap(stringMap(lookUp(tree, "metadata", "labels")), textOf(lookUp(selector, "labelSelector"))) &&
    matchesMap(stringMap(lookUp(tree, "metadata", "annotations")), textOf(lookUp(selector, "annotationSelector")))
  );
}

/** Kubernetes' selector expressions: `a=b,c!=d,e in (f,g),h,!i`. */
function matchesMap(map: ReadonlyMap<string, string>, expression: string): boolean {
  const terms = expression.match(/(?:[^,(]|\([^)]*\))+/g) ?? [];
  return terms.every((term) => matchesTerm(map, term.trim()));
}

function matchesTerm(map: ReadonlyMap<string, string>, term: string): boolean {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(term);
  if (set !== null) {
    const [, key = "", operator, values = ""] = set;
    const isIn = values.split(",").some((value) => value.trim() === map.get(key));
    return operator === "in" ? isIn : !isIn;
  }
  const equality = /^([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)$/.exec(term);
  if (equality !== null) {
    const [, key = "", operator, value] = equality;
    return operator === "!=" ? map.get(key) !== value : map.get(key) === value;
  }
  const existence = /^(!?)\s*([^\s=!(),]+)$/.exec(term);
  if (existence === null) throw new Unsupported(`the selector ${term}`);
  return map.has(existence[2] ?? "") === (existence[1] === "");
}
