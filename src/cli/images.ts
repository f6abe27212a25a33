import type { Catalogue } from "../core/catalogue.ts";
import { counted } from "../core/explain/quantity.ts";
import { isFetched, type MirroredRun, type Needs, needsOf, withoutImageMirrors } from "../core/mirroring/needs.ts";
import { type Targets, targetsOf } from "../core/mirroring/targets.ts";
import { printable } from "../core/report/printable.ts";
import { UsageError } from "../option.ts";
import { type Arguments, command } from "./arguments.ts";
import { ExitCode } from "./exit-code.ts";
import { styleOf } from "./explain/style.ts";
import { imagesJson, pairLines } from "./images/json.ts";
import { imagesText } from "./images/text.ts";
import type { Manifest } from "./input/manifest.ts";
import { inputOptions } from "./input/options.ts";
import { readOperands } from "./input/read.ts";
import { nothingFound } from "./nothing-found.ts";
import { type AdmittedManifest, admissionLines, admittedOf } from "./runs.ts";
import { settingsOf, settingsOptions } from "./settings-of.ts";
import { writeOut } from "./write-out.ts";

const options = {
  output: { kind: "choice", choices: ["text", "json"], default: "text", help: "docs/images.md has the shape of json" },
  mirrors: {
    kind: "switch",
    default: false,
    help: "print source and target of every image for a copy tool, parted by a tab",
  },
  registry: { kind: "text", help: "HOST/PATH that takes the images no mirror of the catalogue takes" },
  ...settingsOptions,
  ...inputOptions,
} as const;

/** `foresail images`: what has to be mirrored. 1 when something is refused or has no target, 2 when input cannot be read. */
export const run = command(
  {
    name: "images",
    usage: "[PATH…] [OPTIONS]",
    about: [
      "Lists every container image, and the weights of every model, that Workspaces and pods that ask for a preset need: what an",
      "air-gapped cluster has to have in its own registry and on its own model host. Each is listed once, with who needs it.",
      "PATH is a file, a directory, a kustomization, or - for standard input (default: this directory). Other YAML is skipped.",
      "--mirrors prints one line for each image: where it is published, a tab, where it goes. The catalogue's mirrors decide,",
      "because pods pull from there; --registry takes the rest. Images that lie there already are left out. References with a",
      "digest keep it. Weights are no images: they are in the list, and in json.",
      "",
      "Exit codes: 0 listed; 1 something is refused by admission, or with --mirrors an image has no target; 2 arguments or input",
      "that cannot be read; 3 internal error. Findings go to stderr. Needs no cluster and no network.",
    ],
    options,
    letters: { n: "namespace", o: "output" },
    operands: true,
    examples: [
      "foresail images clusters/inside",
      "foresail images --catalog mirrors/inside.yaml --mirrors | xargs -n 2 crane copy",
      "foresail images --registry registry.acme.internal/mirror --mirrors examples/",
      "foresail images -o json | jq -r '.weights[] | select(.via | index(\"download\")) | [.model, .revision] | @tsv'",
    ],
  },
  images,
);

async function images({ values, operands }: Arguments<typeof options>): Promise<number> {
  const registry = readRegistry(values.registry);
  const { catalogue, namespace } = settingsOf(values);
  const manifests = readOperands(operands, values);
  const admitted = admittedOf(manifests, namespace, catalogue);
  if (admitted.length === 0) console.error(nothingFound(operands));
  const needs = needsOf(mirrored(admitted, manifests, namespace, catalogue), catalogue);
  const mirrors = catalogue.releases.map((release) => release.mirrors);
  const targets = targetsOf(needs.images, mirrors, registry);
  const { without, unusable } = values.mirrors ? targets : { without: [], unusable: [] };
  for (const line of [
    ...admissionLines(admitted),
    ...unusable.map(({ image }) => `${printable(image)} is no reference of an image: no line is printed for it`),
    ...without.map(({ image }) => `no target for ${image}: no mirror of the catalogue takes it; state --registry`),
    ...remarks(needs, targets, values.mirrors),
  ]) {
    console.error(line);
  }
  await writeOut(
    values.mirrors
      ? pairLines(targets.pairs)
      : values.output === "json"
        ? imagesJson(catalogue.current.id, needs, targets)
        : imagesText(needs, styleOf(process.stdout, process.env)),
  );
  const refused = admitted.filter((one) => one.run === undefined).length;
  return refused + without.length + unusable.length > 0 ? ExitCode.findings : ExitCode.clean;
}

/** Every run as it is, and as it would be if images came from where they are published. */
function mirrored(
  admitted: readonly AdmittedManifest[],
  manifests: readonly Manifest[],
  namespace: string,
  catalogue: Catalogue,
): readonly MirroredRun[] {
  const isMirrored = catalogue.releases.some(({ mirrors }) => mirrors !== undefined);
  const original = isMirrored ? admittedOf(manifests, namespace, withoutImageMirrors(catalogue)) : admitted;
  return admitted.flatMap(({ run: pulled }, i) => {
    const published = original[i]?.run;
    return pulled === undefined || published === undefined ? [] : [{ pulled, published }];
  });
}

/** What a list of images does not say by itself. */
function remarks({ weights }: Needs, { lacking }: Targets, isForCopying: boolean): readonly string[] {
  const fetched = weights.filter(isFetched);
  return [
    ...weights
      .filter(({ mayMirror }) => !mayMirror)
      .map(
        ({ model, license }) => `${model}: licence ${license} does not let its weights be copied to a host of your own`,
      ),
    ...(isForCopying && fetched.length > 0
      ? [
          `weights of ${counted(fetched.length, "model")} are no images and not among these lines: foresail images -o json`,
        ]
      : []),
    ...lacking.map(
      ({ prefix, mirror }) =>
        `for pods to pull from there, mirrors/ of the catalogue needs - {prefix: ${prefix}, mirror: ${mirror}}`,
    ),
  ];
}

function readRegistry(given: string | undefined): string | undefined {
  if (given === undefined || /^[a-z0-9][a-z0-9.-]*(:\d{1,5})?(\/[a-z0-9][a-z0-9._-]*)*\/?$/.test(given)) return given;
  throw new UsageError(
    `--registry is ${JSON.stringify(given)}: expected HOST or HOST/PATH, such as registry.acme.internal/mirror`,
  );
}
