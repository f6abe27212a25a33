import { lookUp, plainTree, type Tree, textOf } from "../tree/tree.ts";
import type { FieldSpec } from "./field-path.ts";
import { defaultFieldSpecs, type FieldSpecs, mergeFieldSpecs, type NameReference } from "./field-specs.ts";
import { Unsupported } from "./unsupported.ts";

/** The field specs of a kustomization: the defaults and those of its `configurations`. */
export function configured(files: readonly Tree[]): FieldSpecs {
  return files.reduce((specs, file) => mergeFieldSpecs(specs, specsOf(file)), defaultFieldSpecs);
}

function specsOf(file: Tree): FieldSpecs {
  const known = Object.keys(defaultFieldSpecs);
  for (const key of file.kind === "branch" ? file.members.keys() : []) {
    if (!known.includes(key)) throw new Unsupported(`the field ${key} of configurations`);
  }
  const list = (key: string, within: Tree = file): readonly Tree[] => {
    const found = lookUp(within, key);
    return found?.kind === "list" ? found.items : [];
  };
  const specs = (key: string, within?: Tree): readonly FieldSpec[] =>
    list(key, within).map((one) => plainTree(one) as FieldSpec);
  return {
    namePrefix: specs("namePrefix"),
    nameSuffix: specs("nameSuffix"),
    namespace: specs("namespace"),
    commonLabels: specs("commonLabels"),
    labels: specs("labels"),
    templateLabels: specs("templateLabels"),
    commonAnnotations: specs("commonAnnotations"),
    images: specs("images"),
    replicas: specs("replicas"),
    nameReference: list("nameReference").map((one): NameReference => {
      const part = (key: string): string => textOf(lookUp(one, key));
      return {
        group: part("group"),
        version: part("version"),
        kind: part("kind"),
        fieldSpecs: specs("fieldSpecs", one),
      };
    }),
  };
}
