import { itemsOf, stated } from "../../helm/chart-use.ts";
import { type Branch, branch, leaf, lookUp, textOf } from "../../tree/tree.ts";
import { type Surroundings, shownObject } from "../applier.ts";
import { type Generating, parametersOf } from "./generators.ts";
import { Undecided } from "./parameters.ts";
import { filledTree, fillGo, fillPlain } from "./template.ts";

/** The Applications of an `ApplicationSet` that the files of this repository decide; one that they do not is told. */
export function applicationsOf(object: Branch, { repository, tell }: Surroundings): readonly Branch[] {
  const spec = lookUp(object, "spec");
  const isGo = textOf(lookUp(spec, "goTemplate")) === "true";
  const generating: Generating = { repository, isGo, fill: isGo ? fillGo : fillPlain };
  try {
    const template = stated(spec, "template");
    if (stated(spec, "templatePatch") !== undefined) throw new Undecided("its templatePatch is not known");
    const generators = itemsOf(lookUp(spec, "generators"));
    if (template === undefined || generators.length === 0) throw new Undecided("it has no generator or no template");
    return generators
      .flatMap((generator) => parametersOf(generator, generating))
      .map((parameters) => application(object, filledTree(template, parameters, generating.fill)));
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
    tell(`${shownObject(object)} is not rendered: ${error.message}`);
    return [];
  }
}

function application(object: Branch, filled: ReturnType<typeof filledTree>): Branch {
  const made = branch(object.at);
  made.members.set("apiVersion", leaf("argoproj.io/v1alpha1", object.at));
  made.members.set("kind", leaf("Application", object.at));
  for (const field of ["metadata", "spec"]) {
    const part = lookUp(filled, field);
    if (part !== undefined) made.members.set(field, part);
  }
  return made;
}
