import { itemsOf, stated } from "../../helm/chart-use.ts";
import { lookUp, plainTree, type Tree, textOf } from "../../tree/tree.ts";
import type { Repository } from "../repository.ts";
import { gitParameters } from "./git-generator.ts";
import { flattened, type Parameters, Undecided } from "./parameters.ts";
import { type Fill, filledTree } from "./template.ts";

/** How the generators of one ApplicationSet are read. */
export interface Generating {
  readonly repository: Repository;
  readonly isGo: boolean;
  readonly fill: Fill;
}

const KINDS = ["list", "git", "matrix", "merge"] as const;
// Products grow fast; this is far above what people write.
const MOST_SETS = 10_000;

/**
 * The sets of parameters of a generator, in its order.
 * @throws Undecided for what the files of this repository do not tell
 */
export function parametersOf(generator: Tree, generating: Generating): readonly Parameters[] {
  const kind = KINDS.find((one) => stated(generator, one) !== undefined);
  if (kind === undefined) throw new Undecided(`git does not decide its generator ${otherKind(generator)}`);
  const inside = lookUp(generator, kind);
  if (stated(inside, "template") !== undefined)
    throw new Undecided(`the template of its ${kind} generator is not known`);
  const made = setsOf(kind, inside, generating);
  if (made.length > MOST_SETS) throw new Undecided(`it has more than ${MOST_SETS} sets of parameters`);
  return selected(made, lookUp(generator, "selector"));
}

function setsOf(kind: (typeof KINDS)[number], inside: Tree | undefined, generating: Generating): readonly Parameters[] {
  switch (kind) {
    case "list":
      return listParameters(inside, generating);
    case "git":
      return gitParameters(inside, generating);
    case "matrix":
      return matrixParameters(itemsOf(lookUp(inside, "generators")), generating);
    case "merge":
      return mergedParameters(inside, generating);
  }
}

function otherKind(generator: Tree): string {
  return generator.kind === "branch"
    ? [...generator.members.keys()].filter((key) => key !== "selector").join(", ")
    : "";
}

function listParameters(list: Tree | undefined, { isGo }: Generating): readonly Parameters[] {
  if (stated(list, "elementsYaml") !== undefined)
    throw new Undecided("the elementsYaml of its list generator is not known");
  return itemsOf(lookUp(list, "elements")).map((element) => {
    const value = plainTree(element) as Parameters;
    return isGo ? value : flattened(value);
  });
}

/** Every set of the first with every set of the second, which may use the first's. */
function matrixParameters(generators: readonly Tree[], generating: Generating): readonly Parameters[] {
  const [first, second] = generators;
  if (first === undefined || second === undefined || generators.length > 2) {
    throw new Undecided("its matrix generator does not have two generators");
  }
  const sets: Parameters[] = [];
  for (const outer of parametersOf(first, generating)) {
    for (const inner of parametersOf(filledTree(second, outer, generating.fill), generating)) {
      sets.push(together(outer, inner));
      if (sets.length > MOST_SETS) throw new Undecided(`it has more than ${MOST_SETS} sets of parameters`);
    }
  }
  return sets;
}

/** The sets of the first generator, each with what the others say of the same keys. */
function mergedParameters(merge: Tree | undefined, generating: Generating): readonly Parameters[] {
  const keys = itemsOf(lookUp(merge, "mergeKeys")).map(textOf);
  const [first, ...others] = itemsOf(lookUp(merge, "generators"));
  if (first === undefined || keys.length === 0) throw new Undecided("its merge generator has no generators or no keys");
  const identity = (one: Parameters): string => JSON.stringify(keys.map((key) => flattened(one)[key] ?? null));
  return others.reduce<readonly Parameters[]>(
    (sets, other) => {
      const more = new Map(parametersOf(other, generating).map((one) => [identity(one), one]));
      return sets.map((one) => {
        const found = more.get(identity(one));
        return found === undefined ? one : together(one, found);
      });
    },
    parametersOf(first, generating),
  );
}

/** The second wins; mappings grow. */
function together(one: Parameters, other: Parameters): Parameters {
  const made = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const own = Object.hasOwn(made, key) ? made[key] : undefined;
    const isNested = isMapping(own) && isMapping(value);
    Object.defineProperty(made, key, {
      value: isNested ? together(own, value) : value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return made;
}

function isMapping(value: unknown): value is Parameters {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function selected(sets: readonly Parameters[], selector: Tree | undefined): readonly Parameters[] {
  if (stated(selector, "matchExpressions") !== undefined)
    throw new Undecided("the matchExpressions of its selector are not known");
  const labels = stated(selector, "matchLabels");
  if (labels?.kind !== "branch") return sets;
  return sets.filter((one) => {
    const flat = flattened(one);
    return [...labels.members].every(([key, value]) => flat[key] === textOf(value));
  });
}
