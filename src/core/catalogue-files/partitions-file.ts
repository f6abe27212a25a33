import type { MigProfile } from "../catalogue.ts";
import { integer, list, object, string } from "../schema.ts";
import { closed, type FileKind, fileKind, names, positive } from "./file-kind.ts";

export const migProfilesFile: FileKind<readonly MigProfile[]> = fileKind(
  object(
    {
      migProfiles: list(
        object(
          { profile: string("Profile."), memoryGiB: integer("Memory, GiB.", positive), gpuModels: names },
          "One.",
          { required: ["profile", "memoryGiB", "gpuModels"], ...closed },
        ),
        "Profiles.",
      ),
    },
    "Ways to cut a GPU.",
    { required: ["migProfiles"], ...closed },
  ),
  (file) => file.migProfiles,
);
