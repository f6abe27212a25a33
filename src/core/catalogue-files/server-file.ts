import type { ServerVersion } from "../catalogue.ts";
import { map, object, string } from "../schema.ts";
import { capability, closed, type FileKind, fileKind, names } from "./file-kind.ts";

const serverVersion = object(
  {
    name: string("Server and version."),
    // A list of values is written as `a|b`, so that the file stays one line a flag.
    flags: map(string("flag, value, or the values it takes, separated by |."), "Long options without dashes."),
    architectures: names,
    toolCallParsers: names,
    reasoningParsers: names,
    quantizations: map(capability, "Smallest compute capability by quantisation method."),
    nativeQuantizations: map(capability, "Compute capability from which the weights are calculated with as they are."),
    architectureCapabilities: map(
      capability,
      "Smallest compute capability by architecture, where its kernels need one.",
    ),
    withoutPipeline: names,
    withoutLora: names,
  },
  "What one version of a server knows.",
  {
    required: ["name", "flags", "architectures", "toolCallParsers", "reasoningParsers", "quantizations"],
    ...closed,
  },
);

export const serverFile: FileKind<ServerVersion> = fileKind(serverVersion, (entry) => ({
  ...entry,
  nativeQuantizations: entry.nativeQuantizations ?? {},
  architectureCapabilities: entry.architectureCapabilities ?? {},
  withoutPipeline: entry.withoutPipeline ?? [],
  withoutLora: entry.withoutLora ?? [],
  flags: Object.fromEntries(
    Object.entries(entry.flags).map(([name, takes]) => [
      name,
      takes === "flag" || takes === "value" ? takes : takes.split("|"),
    ]),
  ),
}));
