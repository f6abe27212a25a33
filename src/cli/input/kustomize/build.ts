import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { Document } from "yaml";
import { UsageError } from "../../../option.ts";
import type { ParsedDocument } from "../document.ts";
import { isWithin } from "../repository.ts";
import { treeOf } from "../tree/from-yaml.ts";
import { type Origin, type Tree, textOf } from "../tree/tree.ts";
import { absorb, isLocal } from "./absorb.ts";
import { configured } from "./configurations.ts";
import { defaultFieldSpecs, type FieldSpecs, mergeFieldSpecs } from "./field-specs.ts";
import type { Files } from "./files.ts";
import { generate } from "./generators.ts";
import { hashOf } from "./hash.ts";
import { entriesOf, type KustomizationFile, readKustomization } from "./kustomization-file.ts";
import { resourcesOf } from "./load.ts";
import { fixNameReferences } from "./name-references.ts";
import type { Resource } from "./resource.ts";
import { Resources } from "./resources.ts";
import { sorted } from "./sort-order.ts";
import { transform } from "./transform-all.ts";
import { Unsupported } from "./unsupported.ts";

// Overlays of overlays: far above what people write.
const MOST_LEVELS = 50;
const REMOTE = /^(?:[a-z+]+:|git@|[\w.-]+\.[a-z]+\/)|[?&](?:ref|version)=|\.git(?:$|\/)/;

interface Accumulated {
  readonly resources: Resources;
  specs: FieldSpecs;
}

/** What stays the same below one kustomization that is built. */
interface Building {
  readonly files: Files;
  /** The repository that bases must lie in; absent outside of one. */
  readonly repository: string | undefined;
  /** The kustomization to build, where it is not the one of the directory as it stands. */
  readonly root?: KustomizationFile;
}

/**
 * What `kustomize build` makes of a directory: the same objects in the same order, each part with the place that states it.
 * @throws UsageError where the kustomization is wrong
 * @throws Unsupported where it states what this build does not know
 */
export function build(directory: string, building: Building): readonly Resource[] {
  const { tree } = building.root ?? readKustomization(building.files, directory);
  const accumulated: Accumulated = { resources: new Resources(), specs: defaultFieldSpecs };
  accumulate(building, directory, accumulated, []);
  const { resources, specs } = accumulated;
  for (const resource of resources.all.filter(({ needsHash }) => needsHash)) {
    const hash = hashOf(resource);
    resource.remember();
    const { id } = resource;
    resource.setMetadata("name", `${id.name}-${hash}`, originOfName(resource));
  }
  fixNameReferences(resources.all, specs);
  return sorted(
    resources.all.filter((one) => !isLocal(one)),
    tree.members.get("sortOptions"),
  );
}

function originOfName({ tree }: Resource): Origin | undefined {
  const metadata = tree.members.get("metadata");
  return metadata?.kind === "branch" ? metadata.members.get("name")?.at : undefined;
}

/** Adds what a kustomization makes; a component works on what is there, anything else on its own. */
function accumulate(
  building: Building,
  directory: string,
  into: Accumulated,
  visited: readonly string[],
  asComponent = false,
): void {
  const here = checkedDirectory(building, directory, visited);
  const root = visited.length === 0 ? building.root : undefined;
  const file = root ?? readKustomization(building.files, directory);
  if (file.isComponent !== asComponent && visited.length > 0) {
    throw new UsageError(`${file.shown}: ${asComponent ? "is no Component" : "is a Component: name it in components"}`);
  }
  const own: Accumulated = asComponent ? into : { resources: new Resources(), specs: defaultFieldSpecs };
  for (const path of [...entriesOf(file, "resources"), ...entriesOf(file, "bases")]) {
    addResource(building, file, textOf(path), own, [...visited, here]);
  }
  const configurations = entriesOf(file, "configurations").flatMap((path) =>
    building.files.documents(directory, textOf(path)).flatMap((one) => treeOf(one) ?? []),
  );
  own.specs = mergeFieldSpecs(own.specs, configured(configurations));
  runGenerators(building, file, own.resources);
  for (const path of entriesOf(file, "components")) {
    const where = join(directory, textOf(path));
    if (!existsSync(where)) throw missing(textOf(path), where);
    accumulate(building, where, own, [...visited, here], true);
  }
  transform(file, own.resources, own.specs, (path) => building.files.documents(directory, path));
  if (asComponent) return;
  into.resources.appendAll(own.resources.all);
  into.specs = mergeFieldSpecs(into.specs, own.specs);
}

function checkedDirectory({ repository }: Building, directory: string, visited: readonly string[]): string {
  const here = realpathSync(directory);
  if (visited.length > MOST_LEVELS)
    throw new UsageError(`${directory}: more than ${MOST_LEVELS} levels of kustomizations`);
  const cycle = visited.find((one) => isWithin(here, one));
  if (cycle !== undefined) throw new UsageError(`${directory}: cycle detected: it contains ${cycle}, which uses it`);
  if (repository !== undefined && !isWithin(repository, here)) {
    throw new UsageError(`${directory} lies outside of the repository ${repository}`);
  }
  return here;
}

function addResource(
  building: Building,
  file: KustomizationFile,
  path: string,
  own: Accumulated,
  visited: readonly string[],
): void {
  const where = join(file.directory, path);
  const info = statSync(where, { throwIfNoEntry: false });
  if (info === undefined) throw missing(path, where);
  if (info.isDirectory()) accumulate(building, where, own, visited);
  else own.resources.appendAll(resourcesOf(building.files.documents(file.directory, path)));
}

function missing(path: string, where: string): Error {
  return REMOTE.test(path)
    ? new Unsupported(`the remote base ${path}`)
    : new UsageError(`${where}: no such file or directory`);
}

function runGenerators({ files }: Building, file: KustomizationFile, resources: Resources): void {
  const options = file.tree.members.get("generatorOptions");
  const read = (path: string): { readonly bytes: Buffer; readonly at: Origin } => {
    const { shown, text } = files.read(file.directory, path);
    return { bytes: readFileSync(shown), at: { document: wholeFile(shown, text), keys: [], isOwn: false } };
  };
  const run = (kind: "ConfigMap" | "Secret", field: string): void => {
    entriesOf(file, field).forEach((entry: Tree, i) => {
      absorb(resources, generate(kind, entry, options, read, `${file.shown}: ${field}[${i}]`));
    });
  };
  run("ConfigMap", "configMapGenerator");
  run("Secret", "secretGenerator");
}

/** A file that is a value as a whole. */
function wholeFile(shown: string, text: string): ParsedDocument {
  const lines = { linePos: () => ({ line: 1, col: 1 }) };
  return { shown, text, lines, document: new Document(null), range: [0, text.length], inset: "fixed" };
}
