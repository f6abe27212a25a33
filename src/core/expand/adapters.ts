import type { RuntimeImage } from "../catalogue.ts";
import type { JsonObject } from "../json.ts";
import type { Adapter } from "../kinds/workspace.ts";
import { ADAPTERS_PATH, containerSecurity, credentialsVolume, fileMoverResources, scratchVolume } from "./pod.ts";
import { pullScript, strengthScript } from "./scripts.ts";

/** What adapters add to a pod. */
export interface AdapterParts {
  readonly initContainers: readonly JsonObject[];
  readonly volumes: readonly JsonObject[];
  readonly mounts: readonly JsonObject[];
  readonly pullSecrets: readonly string[];
}

/** The images that prepare adapters: the puller's, and the server's, which carries Python. */
export interface AdapterImages {
  readonly puller: string;
  readonly server: { readonly reference: string; readonly image: RuntimeImage };
}

const AUTH_DIRECTORY = "/root/.docker/config.d";
// Adapters with a strength as they were published; the server sees scaled copies of them below ADAPTERS_PATH.
const SOURCES_PATH = "/mnt/adapter-source";
const SHARED_VOLUME = "adapter-volume";
const SOURCES_VOLUME = "adapter-source";
const LARGEST_ADAPTERS_GIB = 10;
// skopeo's image has no user but root.
const pullerSecurity = containerSecurity({ runAsUser: 0 });

/**
 * Pulls image adapters and mounts volume adapters, each at /mnt/adapter/<name>; the server loads every directory there.
 * An adapter whose strength is not 1 lies at /mnt/adapter-source/<name> instead, and an init container makes its directory:
 * the configuration scaled, everything else links. It always scales from the source, so a repeated start scales once, and a
 * volume may be read-only.
 */
export function adapterParts(adapters: readonly Adapter[], images: AdapterImages): AdapterParts {
  const pulled = adapters.filter(isPulled);
  const mounted = adapters.filter((adapter) => adapter.source?.volumeSource !== undefined);
  const scaled = adapters.filter(isScaled);
  const shared = { name: SHARED_VOLUME, mountPath: ADAPTERS_PATH };
  const sources = { name: SOURCES_VOLUME, mountPath: SOURCES_PATH };
  const scratch = scratchVolumes(adapters);
  const needsShared = scratch.includes(SHARED_VOLUME);
  const needsSources = scratch.includes(SOURCES_VOLUME);
  const volumeMount = (adapter: Adapter): JsonObject => ({ name: volumeName(adapter), mountPath: pathOf(adapter) });
  // Only the volumes: a runtime cannot make the place of a mount below one that is read-only.
  const sourceMounts = [...(needsSources ? [sources] : []), ...mounted.filter(isScaled).map(volumeMount).map(readOnly)];
  return {
    initContainers: [
      ...pulled.map((adapter) => pullerOf(adapter, images.puller, isScaled(adapter) ? sources : shared)),
      ...(scaled.length > 0 ? [scaler(scaled, images, [shared, ...sourceMounts])] : []),
    ],
    volumes: [
      ...scratch.map((name) => scratchVolume(name, LARGEST_ADAPTERS_GIB)),
      ...mounted.map((adapter) => ({ ...adapter.source?.volumeSource, name: volumeName(adapter) })),
      ...pulled
        .filter((adapter) => (adapter.source?.imagePullSecrets ?? []).length > 0)
        .map((adapter) => credentialsVolume(credentialsName(nameOf(adapter)), adapter.source?.imagePullSecrets ?? [])),
    ],
    mounts: [...(needsShared ? [shared] : []), ...(needsSources ? [sources] : []), ...mounted.map(volumeMount)],
    pullSecrets: adapters.flatMap((adapter) => adapter.source?.imagePullSecrets ?? []),
  };
}

/** Volumes on the node's own disk: what is pulled and what is made of it. */
function scratchVolumes(adapters: readonly Adapter[]): readonly string[] {
  return [
    ...(adapters.some((adapter) => isScaled(adapter) || isPulled(adapter)) ? [SHARED_VOLUME] : []),
    ...(adapters.some((adapter) => isScaled(adapter) && isPulled(adapter)) ? [SOURCES_VOLUME] : []),
  ];
}

/** Disk that adapters take from the node, GiB. */
export function adaptersEphemeralGiB(adapters: readonly Adapter[]): number {
  return scratchVolumes(adapters).length * LARGEST_ADAPTERS_GIB;
}

function isPulled({ source }: Adapter): boolean {
  return source?.image !== undefined;
}

/** Strength 1, however it is written, is the adapter as it was trained. */
function isScaled(adapter: Adapter): boolean {
  return adapter.strength !== undefined && Number(adapter.strength) !== 1;
}

function pathOf(adapter: Adapter): string {
  return `${isScaled(adapter) ? SOURCES_PATH : ADAPTERS_PATH}/${nameOf(adapter)}`;
}

function readOnly(mount: JsonObject): JsonObject {
  return { ...mount, readOnly: true };
}

function pullerOf(adapter: Adapter, pullerImage: string, mount: JsonObject): JsonObject {
  return imagePuller(`puller-${nameOf(adapter)}`, pullerImage, {
    image: adapter.source?.image ?? "",
    target: pathOf(adapter),
    mount,
    secrets: adapter.source?.imagePullSecrets ?? [],
    credentials: credentialsName(nameOf(adapter)),
  });
}

/** The server's own image does it: it carries Python and is pulled for the server anyway. */
function scaler(adapters: readonly Adapter[], images: AdapterImages, mounts: readonly JsonObject[]): JsonObject {
  return {
    name: "adapter-strength",
    image: images.server.reference,
    command: ["python3", "-c", strengthScript],
    args: [SOURCES_PATH, ADAPTERS_PATH, ...adapters.map((adapter) => `${nameOf(adapter)}=${adapter.strength}`)],
    resources: fileMoverResources,
    securityContext: containerSecurity(images.server.image),
    volumeMounts: mounts,
  };
}

export interface Pull {
  readonly image: string;
  readonly target: string;
  readonly mount: JsonObject;
  readonly secrets: readonly string[];
  readonly credentials: string;
}

/** An init container that copies the files of an image to a directory. */
export function imagePuller(name: string, pullerImage: string, pull: Pull): JsonObject {
  const credentials = { name: pull.credentials, mountPath: AUTH_DIRECTORY, readOnly: true };
  return {
    name,
    image: pullerImage,
    command: ["/bin/sh", "-c", pullScript],
    env: [
      { name: "AUTH_DIRECTORY", value: AUTH_DIRECTORY },
      { name: "IMAGE", value: pull.image },
      { name: "TARGET", value: pull.target },
    ],
    resources: fileMoverResources,
    securityContext: pullerSecurity,
    volumeMounts: [pull.mount, ...(pull.secrets.length > 0 ? [credentials] : [])],
  };
}

function nameOf(adapter: Adapter): string {
  return adapter.source?.name ?? "";
}

function volumeName(adapter: Adapter): string {
  return `${SHARED_VOLUME}-${nameOf(adapter)}`;
}

function credentialsName(adapter: string): string {
  return `docker-config-${adapter}`;
}
