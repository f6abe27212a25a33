import { hash } from "node:crypto";
import { join } from "node:path";
import { UsageError } from "../../../option.ts";
import { type ChartUse, itemsOf } from "../helm/chart-use.ts";
import { shownPlace } from "../place.ts";
import { type Branch, branch, lookUp, type Tree, textOf } from "../tree/tree.ts";
import { type Applier, copyFields, plainApplier, type Surroundings, shownObject } from "./applier.ts";
import { isOfThisRepository } from "./flux.ts";
import { referredValues } from "./referred-values.ts";

/** What Flux's helm-controller installs of this repository: a chart that comes with a GitRepository. */
export function helmReleaseApplier(object: Branch, around: Surroundings): readonly Applier[] {
  const spec = lookUp(object, "spec");
  const chart = lookUp(spec, "chart", "spec");
  const source = lookUp(chart, "sourceRef");
  const kind = textOf(lookUp(source, "kind"));
  const path = textOf(lookUp(chart, "chart"));
  const leave = (why: string): readonly Applier[] => {
    around.tell(`${shownObject(object)} is not rendered: ${why}`);
    return [];
  };
  const elsewhere = lookUp(spec, "chartRef") ?? (kind === "GitRepository" ? undefined : source);
  if (elsewhere !== undefined) {
    const from = `${textOf(lookUp(elsewhere, "kind"))} ${textOf(lookUp(elsewhere, "name"))}`;
    return leave(`its chart comes from ${from}, not from this repository`);
  }
  // A patch of one.
  if (path === "") return [];
  if (!isOfThisRepository(object, source, around)) return [];
  const metadata = lookUp(spec, "commonMetadata");
  const applier: Applier = {
    ...plainApplier(object, path),
    defaultNamespace: namespaceOf(object),
    labels: lookUp(metadata, "labels"),
    annotations: lookUp(metadata, "annotations"),
    chart: (directory) => chartUse(object, directory, around),
    postRenderers: itemsOf(lookUp(spec, "postRenderers")).map(overlayOf),
  };
  return [applier];
}

function namespaceOf(object: Branch): string {
  return textOf(lookUp(object, "spec", "targetNamespace")) || textOf(lookUp(object, "metadata", "namespace"));
}

function overlayOf(renderer: Tree): Branch {
  const overlay = branch();
  const fields = ["patches", "patchesStrategicMerge", "patchesJson6902", "images"];
  copyFields(lookUp(renderer, "kustomize"), fields, overlay);
  return overlay;
}

function chartUse(object: Branch, directory: string, around: Surroundings): ChartUse {
  const spec = lookUp(object, "spec");
  const inline = lookUp(spec, "values");
  const files = ownValues(object, directory, around);
  const isOff = (field: string): boolean => textOf(lookUp(spec, "install", field)) === "true";
  const hasNoCrds = isOff("skipCRDs") || textOf(lookUp(spec, "install", "crds")) === "Skip";
  return {
    release: releaseName(object),
    namespace: namespaceOf(object),
    values: [...referredValues(object, around), { tree: inline }],
    ...(files.length === 0 ? {} : { ownValues: files }),
    flags: [
      ...(hasNoCrds ? [] : ["--include-crds"]),
      ...(isOff("disableHooks") ? ["--no-hooks"] : []),
      ...(isOff("disableSchemaValidation") ? ["--skip-schema-validation"] : []),
    ],
  };
}

/** `valuesFiles` are relative to the root of the repository, and stand for the chart's own values.yaml. */
function ownValues(object: Branch, directory: string, { repository }: Surroundings): readonly string[] {
  const chart = lookUp(object, "spec", "chart", "spec");
  const older = lookUp(chart, "valuesFile");
  const listed = [...(older === undefined ? [] : [older]), ...itemsOf(lookUp(chart, "valuesFiles"))];
  const mayMiss = textOf(lookUp(chart, "ignoreMissingValuesFiles")) === "true";
  const files = listed.flatMap((path) => {
    const file = repository.shown(textOf(path));
    if (file !== undefined || mayMiss) return file ?? [];
    const where = path.at === undefined ? directory : shownPlace(path.at.document, path.at.keys);
    throw new UsageError(`${where}: ${textOf(path)} is not in this repository (valuesFiles are relative to its root)`);
  });
  return files.length === 0 && listed.length > 0 ? [join(directory, "values.yaml")] : files;
}

// What helm takes for the name of a release.
const LONGEST_RELEASE = 53;

/** As helm-controller names releases: a name that is too long ends in a hash of itself. */
function releaseName(object: Branch): string {
  const target = textOf(lookUp(object, "spec", "targetNamespace"));
  const name = textOf(lookUp(object, "metadata", "name"));
  const made = textOf(lookUp(object, "spec", "releaseName")) || (target === "" ? name : `${target}-${name}`);
  if (made.length <= LONGEST_RELEASE) return made;
  const end = `-${hash("sha256", made, "hex").slice(0, 12)}`;
  return made.slice(0, LONGEST_RELEASE - end.length) + end;
}
