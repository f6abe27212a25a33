import type { Defaults, Release } from "../catalogue.ts";
import type { JsonObject } from "../json.ts";
import { anyObject, boolean, integer, list, map, object, oneOf, string } from "../schema.ts";
import { closed, cloud, type FileKind, fileKind, flags } from "./file-kind.ts";

const members = {
  release: string("Release of the catalogue.", { pattern: "^\\d{4}\\.\\d{1,2}\\.\\d+$" }),
  engine: integer("Revision of the engine.", { minimum: 1 }),
  formerModels: list(
    object({ name: string("Name."), nearest: string("Nearest preset.") }, "One.", {
      required: ["name", "nearest"],
      ...closed,
    }),
    "Former names.",
  ),
  cloud,
  region: string("Region."),
  provision: boolean("Whether nodes are created."),
  placement: oneOf(["dedicated", "shared"], "Placement."),
  capacityTypes: list(oneOf(["on-demand", "spot", "reserved"], "Capacity type."), "In order."),
  registry: string("Registry and path of KAITO's images."),
  imageFamily: string("Node image family."),
  weightsStorageClass: string(
    "StorageClass of the disks that weights are downloaded to; absent: the node's own disk.",
    {
      pattern: "^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$",
    },
  ),
  gpu: string("Hardware of bring-your-own nodes."),
  provider: oneOf(["karpenter", "aks", "gpu-provisioner"], "Who serves claims."),
  images: object(
    { puller: string("skopeo."), oras: string("oras."), curl: string("curl."), foresail: string("Foresail.") },
    "Images.",
    { required: ["puller", "oras", "curl", "foresail"], ...closed },
  ),
  vllmFlags: flags,
  tuningConfig: map(map(anyObject("Section."), "Sections."), "By method."),
} as const;

const defaults = object(members, "Defaults of the catalogue.", {
  required: [
    "release",
    "engine",
    "cloud",
    "region",
    "provision",
    "placement",
    "capacityTypes",
    "registry",
    "imageFamily",
    "provider",
    "images",
    "vllmFlags",
    "tuningConfig",
  ],
  ...closed,
});

/** A file of a user states any part of it; the shipped files state all. */
export const defaultsFile: FileKind<WholeDefaults> = fileKind(defaults, (file) => file);

export type WholeDefaults = Defaults &
  Pick<Release, "engine"> & { readonly release: string; readonly formerModels?: Release["formerModels"] };

const { release: _release, engine: _engine, ...ofUsers } = members;
const imagesOfUsers = object(
  { puller: string("skopeo."), oras: string("oras."), curl: string("curl."), foresail: string("Foresail.") },
  "Images.",
  closed,
);

/** What users may state in a `defaults.yaml` of their own: all but what names the release. */
export const userDefaultsFile: FileKind<JsonObject> = fileKind(
  object({ ...ofUsers, images: imagesOfUsers }, "Defaults that replace or join the shipped ones.", closed),
  (file) => file as JsonObject,
);

/** For editors: any part of the defaults, those that only the shipped file states among them. */
export const defaultsSchema: JsonObject = object(
  { ...members, images: imagesOfUsers },
  "Defaults of the catalogue. A file of yours states what differs; release and engine are the shipped file's.",
  closed,
).json;
