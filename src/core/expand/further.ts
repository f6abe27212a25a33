import type { Model } from "../catalogue.ts";
import type { Expanding } from "../expand.ts";
import { errors, type Issue } from "../issue.ts";
import type { Inference, Tuning, Workspace } from "../kinds/workspace.ts";
import { annotationPath } from "../options.ts";
import { chooseHardware } from "./hardware.ts";
import { expandModel } from "./model.ts";

/** Where one of these is wrong, what is said of hardware would follow from a default that nobody asked for. */
const deciding = [
  "foresail.dev/capacity-type",
  "foresail.dev/gpu",
  "foresail.dev/provision",
  "foresail.dev/region",
  "kaito.sh/runtime",
].map(annotationPath);

/**
 * What else would be refused once the parts that are wrong are mended, so that all of it is told at once: the Workspace is
 * expanded without those parts.
 * @param model the model of its preset; undefined: none is stated, or it is unknown
 * @param wrong the refusals so far
 */
export function furtherErrors(
  expanding: Expanding,
  model: Model | undefined,
  wrong: readonly Issue[],
): readonly Issue[] {
  const paths = wrong.map(({ path }) => path);
  const { inference, tuning } = expanding.workspace;
  if (paths.some((path) => deciding.includes(path)) || (inference === undefined) === (tuning === undefined)) return [];
  const rest = { ...expanding, workspace: without(expanding.workspace, paths) };
  const found = model === undefined ? sizeIssues(rest) : expandModel(rest, model).issues;
  return errors(found).filter(({ path, code }) => !wrong.some((one) => one.path === path && one.code === code));
}

/** Without a model a size is only a name; where none is stated there is nothing to say. */
function sizeIssues({ workspace, release, options }: Expanding): readonly Issue[] {
  if ((workspace.resource?.instanceType ?? "") === "") return [];
  const { provision, region } = release.defaults;
  const stated = { provision: options.provision ?? provision, region: options.region ?? region };
  return chooseHardware({ workspace, release, options, ...stated }).issues;
}

/** The Workspace with something harmless in the place of each part that one of the paths lies in. */
function without(workspace: Workspace, paths: readonly string[]): Workspace {
  const { metadata, resource, inference, tuning } = workspace;
  const isWrong = (part: string): boolean =>
    paths.some((path) => path.startsWith(part) && !/^\w/.test(path.slice(part.length)));
  const { labelSelector = {}, count, partition, ...others } = resource ?? {};
  return {
    ...workspace,
    metadata: isWrong("metadata.name") ? { ...metadata, name: "unnamed" } : metadata,
    resource: {
      ...others,
      labelSelector: isWrong("resource.labelSelector") ? {} : labelSelector,
      ...(count === undefined || isWrong("resource.count") ? {} : { count }),
      ...(partition === undefined || isWrong("resource.partition") ? {} : { partition }),
    },
    ...(inference === undefined ? {} : { inference: withoutWrong(inference, isWrong) }),
    ...(tuning === undefined ? {} : { tuning: tuningWithoutWrong(tuning, isWrong) }),
  };
}

type IsWrong = (part: string) => boolean;

function withoutWrong({ preset, ...members }: Inference, isWrong: IsWrong): Inference {
  const kept = Object.entries(members).filter(([name]) => !isWrong(`inference.${name}`));
  const token = { presetOptions: { modelAccessSecret: "unnamed" } };
  const named = preset !== undefined && isWrong("inference.preset.presetOptions") ? { ...preset, ...token } : preset;
  return { ...Object.fromEntries(kept), ...(named === undefined ? {} : { preset: named }) };
}

function tuningWithoutWrong({ config, ...tuning }: Tuning, isWrong: IsWrong): Tuning {
  return {
    ...tuning,
    ...(isWrong("tuning.method") ? { method: "lora" } : {}),
    ...(config === undefined || isWrong("tuning.config") ? {} : { config }),
    input: isWrong("tuning.input") ? {} : tuning.input,
    output: isWrong("tuning.output") ? {} : tuning.output,
  };
}
