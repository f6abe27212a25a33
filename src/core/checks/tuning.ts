import { error, type Issue } from "../issue.ts";
import type { DataDestination, DataSource } from "../kinds/workspace.ts";
import { shown } from "../schema.ts";
import type { Check } from "./check.ts";
import { checkConfigMapName, checkImage, checkPullSecrets, checkSecretName, checkUrl } from "./reference.ts";
import { checkVolumeSource } from "./schemaless.ts";

const MOST_URLS = 100;

/** A method, a preset, one source and one destination. */
export const checkTuning: Check = (workspace) => {
  const { tuning } = workspace;
  if (tuning === undefined) return [];
  const issues: Issue[] = [];
  if (tuningMethod(tuning.method) === undefined) {
    issues.push(
      error("tuning.method", "tuning/method", `tuning.method must be lora or qlora, given ${shown(tuning.method)}`),
    );
  }
  if (tuning.preset === undefined) {
    issues.push(
      error("tuning.preset", "schema/required", "tuning.preset is required and absent: name the model to tune"),
    );
  }
  if ((workspace.resource?.count ?? 1) > 1) {
    issues.push(
      error(
        "resource.count",
        "tuning/one-node",
        `resource.count must be 1 for tuning, given ${workspace.resource?.count}`,
      ),
    );
  }
  if (workspace.resource?.partition !== undefined) {
    issues.push(
      error("resource.partition", "tuning/partition", "resource.partition is not supported for tuning: remove it"),
    );
  }
  return [
    ...issues,
    ...checkConfigMapName("tuning.config", tuning.config),
    ...checkVolumeSource("tuning.input.volumeSource", tuning.input.volumeSource),
    ...checkVolumeSource("tuning.output.volumeSource", tuning.output.volumeSource),
    ...checkInput(tuning.input),
    ...checkOutput(tuning.output),
  ];
};

/** `lora` or `qlora` whatever the case; undefined for anything else. */
export function tuningMethod(method: string | undefined): "lora" | "qlora" | undefined {
  return (["lora", "qlora"] as const).find((known) => known === method?.toLowerCase());
}

function checkInput(input: DataSource): readonly Issue[] {
  const urls = input.urls ?? [];
  const issues: Issue[] = [];
  const given = [urls.length > 0, input.image !== undefined, input.volumeSource !== undefined].filter(Boolean).length;
  if (given !== 1)
    issues.push(
      error(
        "tuning.input",
        "tuning/input",
        `tuning.input needs exactly one of urls, image and volumeSource, given ${given}`,
      ),
    );
  if (urls.length > MOST_URLS)
    issues.push(
      error(
        "tuning.input.urls",
        "tuning/urls",
        `tuning.input.urls may have at most ${MOST_URLS} entries, given ${urls.length}`,
      ),
    );
  issues.push(...urls.slice(0, MOST_URLS).flatMap((url, i) => checkUrl(`tuning.input.urls[${i}]`, url)));
  if (input.image !== undefined) issues.push(...checkImage("tuning.input.image", input.image));
  return [...issues, ...checkPullSecrets("tuning.input.imagePullSecrets", input.imagePullSecrets ?? [])];
}

function checkOutput(output: DataDestination): readonly Issue[] {
  if ((output.image === undefined) === (output.volumeSource === undefined)) {
    const given = output.image === undefined ? "neither" : "both";
    return [
      error(
        "tuning.output",
        "tuning/output",
        `tuning.output needs exactly one of image and volumeSource, given ${given}`,
      ),
    ];
  }
  if (output.image === undefined) return [];
  const secret = output.imagePushSecret;
  return [
    ...checkImage("tuning.output.image", output.image),
    ...(secret === undefined
      ? [
          error(
            "tuning.output.imagePushSecret",
            "schema/required",
            "tuning.output.imagePushSecret is required with tuning.output.image: name the Secret to push with",
          ),
        ]
      : checkSecretName("tuning.output.imagePushSecret", secret)),
  ];
}
