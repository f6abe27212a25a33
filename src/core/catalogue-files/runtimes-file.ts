import type { RuntimeImage } from "../catalogue.ts";
import { boolean, integer, list, map, object, oneOf, string } from "../schema.ts";
import { capability, closed, type FileKind, fileKind, names, tuned } from "./file-kind.ts";

const runtime = object(
  {
    name: string("Name."),
    image: string("Image reference."),
    runtime: oneOf(["vllm", "transformers"], "Runtime inside."),
    presets: names,
    presetNames: map(string("Name."), "What stands for {preset} where that is not the preset's name."),
    weightsInside: boolean("Whether the weights are in the image."),
    api: names,
    computeCapabilities: list(capability, "Capabilities it is built for."),
    server: string("Name of the server version inside."),
    wrapperFlags: list(string("Flag."), "Flags of the image's own entry script."),
    tuned,
    runAsUser: integer("User id.", { minimum: 0 }),
    tuning: boolean("Whether it can train."),
    retired: string("Why it is not the image of choice."),
  },
  "A runtime image.",
  {
    required: ["name", "image", "runtime", "weightsInside", "api", "computeCapabilities", "runAsUser", "tuning"],
    ...closed,
  },
);

export const runtimesFile: FileKind<readonly RuntimeImage[]> = fileKind(
  object({ runtimes: list(runtime, "Images.") }, "Runtime images.", { required: ["runtimes"], ...closed }),
  (file) =>
    file.runtimes.map((entry) => ({
      ...entry,
      presetNames: entry.presetNames ?? {},
      wrapperFlags: entry.wrapperFlags ?? [],
      tuned: entry.tuned ?? [],
    })),
);
