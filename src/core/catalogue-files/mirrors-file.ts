import type { Mirrors } from "../catalogue.ts";
import { list, object, string } from "../schema.ts";
import { closed, type FileKind, fileKind, names } from "./file-kind.ts";

export const mirrorsFile: FileKind<Mirrors> = fileKind(
  object(
    {
      images: list(
        object({ prefix: string("Prefix of image references."), mirror: string("What stands in for it.") }, "One.", {
          required: ["prefix", "mirror"],
          ...closed,
        }),
        "Image prefixes; the longest wins.",
      ),
      huggingFaceEndpoint: string("Stands in for https://huggingface.co.", { pattern: "^https?://[^/ ]+(/[^ ]*)?$" }),
      pullSecrets: names,
      caBundle: object({ configMap: string("Name."), key: string("Key.") }, "Certificate authorities.", {
        required: ["configMap", "key"],
        ...closed,
      }),
    },
    "Mirrors of public hosts.",
    closed,
  ),
  (file) => ({ ...file, images: file.images ?? [], pullSecrets: file.pullSecrets ?? [] }),
);
