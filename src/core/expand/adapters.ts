import type { JsonObject } from "../json.ts";
import type { Adapter } from "../kinds/workspace.ts";
import { ADAPTERS_PATH, containerSecurity, credentialsVolume, fileMoverResources } from "./pod.ts";
import { pullScript } from "./scripts.ts";

/** What adapters add to a pod. */
export interface AdapterParts {
  readonly initContainers: readonly JsonObject[];
  readonly volumes: readonly JsonObject[];
  readonly mounts: readonly JsonObject[];
  readonly env: readonly JsonObject[];
  readonly pullSecrets: readonly string[];
}

const AUTH_DIRECTORY = "/root/.docker/config.d";
const SHARED_VOLUME = "adapter-volume";
// skopeo's image has no user but root.
const pullerSecurity = containerSecurity({ runAsUser: 0 });

/** Pulls image adapters and mounts volume adapters, each at /mnt/adapter/<name>; the server loads every directory there. */
export function adapterParts(adapters: readonly Adapter[], pullerImage: string): AdapterParts {
  const images = adapters.filter((adapter) => adapter.source?.image !== undefined);
  const volumes = adapters.filter((adapter) => adapter.source?.volumeSource !== undefined);
  return {
    initContainers: images.map((adapter) =>
      imagePuller(`puller-${nameOf(adapter)}`, pullerImage, {
        image: adapter.source?.image ?? "",
        target: `${ADAPTERS_PATH}/${nameOf(adapter)}`,
        mount: { name: SHARED_VOLUME, mountPath: ADAPTERS_PATH },
        secrets: adapter.source?.imagePullSecrets ?? [],
        credentials: credentialsName(nameOf(adapter)),
      }),
    ),
    volumes: [
      ...(images.length > 0 ? [{ name: SHARED_VOLUME, emptyDir: { sizeLimit: "10Gi" } }] : []),
      ...volumes.map((adapter) => ({ ...adapter.source?.volumeSource, name: volumeName(adapter) })),
      ...images
        .filter((adapter) => (adapter.source?.imagePullSecrets ?? []).length > 0)
        .map((adapter) => credentialsVolume(credentialsName(nameOf(adapter)), adapter.source?.imagePullSecrets ?? [])),
    ],
    mounts: [
      ...(images.length > 0 ? [{ name: SHARED_VOLUME, mountPath: ADAPTERS_PATH }] : []),
      ...volumes.map((adapter) => ({ name: volumeName(adapter), mountPath: `${ADAPTERS_PATH}/${nameOf(adapter)}` })),
    ],
    // The transformers server reads the weight of an adapter from a variable with the adapter's own name.
    env: adapters
      .filter((adapter) => adapter.strength !== undefined)
      .map((adapter) => ({ name: nameOf(adapter), value: adapter.strength ?? "" })),
    pullSecrets: adapters.flatMap((adapter) => adapter.source?.imagePullSecrets ?? []),
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
