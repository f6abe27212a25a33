import type { Mirrors } from "../catalogue.ts";
import type { Issue } from "../issue.ts";
import { list, object, string } from "../schema.ts";
import { closed, type FileKind, fileKind } from "./file-kind.ts";

// With the host, so that `nginx` and `docker.io/library/nginx` need no two entries; references have no scheme.
const reference = {
  pattern:
    "^(localhost(:\\d+)?|[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+(:\\d+)?|[A-Za-z0-9-]+:\\d+)(/[A-Za-z0-9._/-]*)?([:@][^\\s/]+)?$",
};

const mirrors: FileKind<Mirrors> = fileKind(
  object(
    {
      images: list(
        object(
          {
            prefix: string("Start of image references, with the host: docker.io, mcr.microsoft.com/aks.", reference),
            mirror: string("What stands in for it: HOST[:PORT][/PATH], without a scheme.", reference),
          },
          "One prefix.",
          { required: ["prefix", "mirror"], ...closed },
        ),
        "Image prefixes; the longest wins.",
      ),
      huggingFaceEndpoint: string("Stands in for https://huggingface.co.", { pattern: "^https?://[^/ ]+(/[^ ]*)?$" }),
      pullSecrets: list(
        string("Name of a secret of type kubernetes.io/dockerconfigjson in the Workspace's namespace."),
        "Credentials of the mirrors; added to every pod.",
      ),
      caBundle: object(
        {
          configMap: string("Name of a ConfigMap in the Workspace's namespace."),
          key: string("Key of the bundle in it, PEM. It replaces the image's own authorities."),
        },
        "Certificate authorities.",
        { required: ["configMap", "key"], ...closed },
      ),
    },
    "Mirrors of public hosts.",
    closed,
  ),
  (file) => ({ ...file, images: file.images ?? [], pullSecrets: file.pullSecrets ?? [] }),
);

export const mirrorsFile: FileKind<Mirrors> = {
  ...mirrors,
  check: (value, root) => mirrors.check(value, root).map(inWords),
};

/** A pattern is for editors; people are told what it means. */
function inWords(issue: Issue): Issue {
  const isReference = issue.code === "schema/invalid" && /\.(prefix|mirror)$/.test(issue.path);
  if (!isReference) return issue;
  const given = issue.message.slice(issue.message.lastIndexOf(", given ") + 2);
  return { ...issue, message: `${issue.path} must be HOST[:PORT][/PATH] without a scheme, ${given}` };
}
