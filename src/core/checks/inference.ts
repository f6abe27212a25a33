import { error, type Issue } from "../issue.ts";
import type { Adapter } from "../kinds/workspace.ts";
import { shown } from "../schema.ts";
import type { Check } from "./check.ts";
import { checkConfigMapName, checkImage, checkPullSecrets, checkSecretName } from "./reference.ts";
import { checkPartialTemplate, checkTemplate, checkVolumeSource } from "./schemaless.ts";

const MOST_ADAPTERS = 10;
// puller-<name> is a container and docker-config-<name> a volume: 63 characters each.
const LONGEST_ADAPTER_NAME = 45;

/** A preset, a template, or a preset with a partial template to lay over its pod; adapters that can be loaded. */
export const checkInference: Check = (workspace) => {
  const { inference } = workspace;
  if (inference === undefined) return [];
  const issues: Issue[] = [];
  if (inference.preset === undefined && inference.template === undefined) {
    const text =
      "inference needs a preset, a template, or both to lay the template over the preset's pod, given neither";
    issues.push(error("inference", "inference/one-of", text));
  }
  const secret = inference.preset?.presetOptions?.modelAccessSecret;
  if (secret !== undefined) issues.push(...checkSecretName("inference.preset.presetOptions.modelAccessSecret", secret));
  issues.push(...checkConfigMapName("inference.config", inference.config));
  const checked = inference.preset === undefined ? checkTemplate : checkPartialTemplate;
  issues.push(...checked(inference.template));
  const adapters = inference.adapters ?? [];
  if (adapters.length > MOST_ADAPTERS) {
    issues.push(
      error(
        "inference.adapters",
        "adapter/too-many",
        `inference.adapters may have at most ${MOST_ADAPTERS} entries, given ${adapters.length}`,
      ),
    );
  }
  if (inference.preset === undefined && inference.template !== undefined && adapters.length > 0) {
    issues.push(
      error(
        "inference.adapters",
        "adapter/template",
        "inference.adapters needs a preset: with a template, load adapters in the template",
      ),
    );
  }
  const names = adapters.map((adapter) => adapter.source?.name);
  return [
    ...issues,
    ...adapters.slice(0, MOST_ADAPTERS).flatMap((adapter, i) => {
      const path = `inference.adapters[${i}]`;
      const name = adapter.source?.name;
      const twice = name !== undefined && names.indexOf(name) < i;
      return [
        ...(twice
          ? [
              error(
                `${path}.source.name`,
                "adapter/duplicate",
                `${path}.source.name ${shown(name)} is used twice: every adapter needs a name of its own`,
              ),
            ]
          : []),
        ...checkAdapter(path, adapter),
      ];
    }),
  ];
};

function checkAdapter(path: string, adapter: Adapter): readonly Issue[] {
  const { source, strength } = adapter;
  if (source === undefined)
    return [
      error(
        `${path}.source`,
        "schema/required",
        `${path}.source is required and absent: name the image or volume of the adapter`,
      ),
    ];
  const issues: Issue[] = [];
  const name = source.name ?? "";
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) || name.length > LONGEST_ADAPTER_NAME) {
    issues.push(
      error(
        `${path}.source.name`,
        "adapter/name",
        `${path}.source.name must be 1 to ${LONGEST_ADAPTER_NAME} of a-z, 0-9 and -, given ${shown(name)}`,
      ),
    );
  }
  if ((source.image === undefined) === (source.volumeSource === undefined)) {
    const given = source.image === undefined ? "neither" : "both";
    issues.push(
      error(
        `${path}.source`,
        "adapter/one-of",
        `${path}.source needs exactly one of image and volumeSource, given ${given}`,
      ),
    );
  }
  issues.push(...checkVolumeSource(`${path}.source.volumeSource`, source.volumeSource));
  if ((source.urls ?? []).length > 0)
    issues.push(
      error(
        `${path}.source.urls`,
        "adapter/urls",
        `${path}.source.urls is not supported for adapters: use image or volumeSource`,
      ),
    );
  if (source.image !== undefined) issues.push(...checkImage(`${path}.source.image`, source.image));
  issues.push(...checkPullSecrets(`${path}.source.imagePullSecrets`, source.imagePullSecrets ?? []));
  return [...issues, ...checkStrength(path, strength)];
}

/** As KAITO's webhook parses it, but for infinities and hexadecimals. */
const STRENGTH = /^[+]?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,2})?$/;

function checkStrength(path: string, strength: string | undefined): readonly Issue[] {
  if (strength === undefined || (STRENGTH.test(strength) && Number(strength) <= 1)) return [];
  return [
    error(
      `${path}.strength`,
      "adapter/strength",
      `${path}.strength must be a number from 0 to 1, given ${shown(strength)}`,
    ),
  ];
}
