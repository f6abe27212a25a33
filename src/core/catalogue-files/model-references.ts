import type { Model, Release, RuntimeImage, ServerVersion, Tuned } from "../catalogue.ts";
import { nearest } from "../nearest.ts";
import type { Entry } from "./collect.ts";
import { type Finding, finding } from "./file.ts";

interface Served {
  readonly image: RuntimeImage;
  readonly server: ServerVersion;
}

/** What a model of a user's file asks of the servers, which would otherwise show as a pod that crashes at its start. */
export function modelFindings(release: Release, entry: Entry<Model>): readonly Finding[] {
  const { file, value: model } = entry;
  const images = release.runtimes.filter(({ presets }) => presets === undefined || presets.includes(model.name));
  const served = images.flatMap((image) => {
    const server = release.servers.find(({ name }) => name === image.server);
    return server === undefined ? [] : [{ image, server }];
  });
  const elsewhere = model.transformersFlags !== undefined || images.some(({ weightsInside }) => weightsInside);
  if (served.length === 0) return tunedFindings(release, entry, images);
  const architectures = served.flatMap(({ server }) => server.architectures);
  const method = model.quantization?.method;
  const methods = served.flatMap(({ server }) => Object.keys(server.quantizations));
  const unknown = (field: string, given: string, known: readonly string[]): Finding =>
    finding(file, field, () => `${given} is not known to ${serverNames(served)}${hint(given, known)}`);
  return [
    ...(architectures.includes(model.architecture) || elsewhere
      ? []
      : [unknown("architecture", model.architecture, architectures)]),
    ...(method === undefined || methods.includes(method) ? [] : [unknown("quantization.method", method, methods)]),
    ...flagFindings(served, model.vllmFlags).map(({ flag, text }) => finding(file, `vllmFlags.${flag}`, text)),
    ...tunedFindings(release, entry, images),
  ];
}

/** GPUs and flags of tuned values. */
export function tunedFindings(
  release: Release,
  entry: Pick<Entry<{ readonly tuned: readonly Tuned[] }>, "file" | "at" | "value">,
  images: readonly RuntimeImage[],
): readonly Finding[] {
  const gpus = [...new Set(release.instanceTypes.map(({ gpuModel }) => gpuModel))];
  const served = images.flatMap((image) => {
    const server = release.servers.find(({ name }) => name === image.server);
    return server === undefined ? [] : [{ image, server }];
  });
  return entry.value.tuned.flatMap(({ gpuModel, flags }, i) => {
    const at = `${entry.at === "" ? "" : `${entry.at}.`}tuned[${i}]`;
    const wrongGpu = gpuModel === undefined || gpus.includes(gpuModel) ? [] : [gpuModel];
    return [
      ...wrongGpu.map((gpu) =>
        finding(entry.file, `${at}.gpuModel`, () => `${gpu} is no GPU of the catalogue's sizes${hint(gpu, gpus)}`),
      ),
      ...flagFindings(served, flags).map(({ flag, text }) => finding(entry.file, `${at}.flags.${flag}`, text)),
    ];
  });
}

function flagFindings(
  served: readonly Served[],
  flags: { readonly [flag: string]: string },
): readonly { readonly flag: string; readonly text: () => string }[] {
  if (served.length === 0) return [];
  return Object.entries(flags).flatMap(([flag, value]) => {
    const problems = served.map(({ image, server }) => flagProblem(image, server, flag, value));
    const text = problems[0];
    return text === undefined || problems.includes(undefined) ? [] : [{ flag, text }];
  });
}

function flagProblem(
  image: RuntimeImage,
  server: ServerVersion,
  flag: string,
  value: string,
): (() => string) | undefined {
  if (image.wrapperFlags.includes(flag)) return undefined;
  // `compilation-config.pass_config.x` sets a member of the option before the dot.
  const [option = "", ...members] = flag.split(".");
  const takes = Object.hasOwn(server.flags, option) ? server.flags[option] : undefined;
  if (takes === undefined) {
    const known = [...Object.keys(server.flags), ...image.wrapperFlags];
    return () => `${server.name} has no option ${option}${hint(option, known)}`;
  }
  const choices = choicesOf(server, option, takes);
  if (members.length > 0 || choices === undefined || choices.includes(value)) return undefined;
  return () =>
    `${value} is no value of ${option} in ${server.name}${hint(value, choices) || `; it takes ${choices.join(", ")}`}`;
}

function choicesOf(
  server: ServerVersion,
  option: string,
  takes: ServerVersion["flags"][string],
): readonly string[] | undefined {
  if (option === "tool-call-parser") return server.toolCallParsers;
  if (option === "reasoning-parser") return server.reasoningParsers;
  return typeof takes === "string" ? undefined : takes;
}

function serverNames(served: readonly Served[]): string {
  return [...new Set(served.map(({ server }) => server.name))].join(", ");
}

function hint(given: string, known: readonly string[]): string {
  const near = nearest(given, known);
  return near.length > 0 ? `; nearest are ${near.join(", ")}` : "";
}
