import type { Mirrors } from "../catalogue.ts";
import { isObject, type JsonObject } from "../json.ts";
import { mirrorImage, mirrorText } from "../mirrors.ts";
import { credentialsVolume } from "./pod.ts";

const CA_VOLUME = "mirror-ca";
const CA_DIRECTORY = "/etc/foresail/ca";
const CA_FILE = "ca.crt";
// OpenSSL, Go and httpx read the first, Python's requests the second, curl the third.
const CA_VARIABLES = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];
const CREDENTIALS_VOLUME = "mirror-credentials";
/** oras looks for `config.json` there. */
const DOCKER_DIRECTORY = "/root/.docker";
const DOCKER_VOLUME = "mirror-docker-config";

interface Pod {
  readonly containers: readonly JsonObject[];
  readonly initContainers: readonly JsonObject[];
  readonly volumes: readonly JsonObject[];
}

/**
 * A preset's pod with everything from the mirrors: images of all containers, images that init containers fetch files from,
 * the Hugging Face endpoint, credentials and certificate authorities. What the pod states itself stays.
 */
export function mirroredPod(template: JsonObject, mirrors: Mirrors): JsonObject {
  const spec = objectOf(template["spec"]);
  const steps = [withImages, withPullerCredentials, withEndpoint, withAuthorities];
  const pod = steps.reduce((before, step) => step(before, mirrors), {
    containers: objectsOf(spec["containers"]),
    initContainers: objectsOf(spec["initContainers"]),
    volumes: objectsOf(spec["volumes"]),
  } as Pod);
  const stated = objectsOf(spec["imagePullSecrets"]);
  const further = mirrors.pullSecrets.filter((name) => !stated.some((secret) => secret["name"] === name));
  const imagePullSecrets = [...stated, ...further.map((name) => ({ name }))];
  return { ...template, spec: { ...spec, ...pod, imagePullSecrets } };
}

function withImages(pod: Pod, mirrors: Mirrors): Pod {
  const image = (value: unknown): JsonObject =>
    typeof value === "string" ? { image: mirrorImage(value, mirrors) } : {};
  const text = (value: unknown) => (typeof value === "string" ? mirrorText(value, mirrors) : (value as string));
  return {
    containers: pod.containers.map((container) => ({ ...container, ...image(container["image"]) })),
    // Init containers of ours fetch images as files; the image a run is pushed to, named in a container, is the user's.
    initContainers: pod.initContainers.map((container) => ({
      ...container,
      ...image(container["image"]),
      ...(Array.isArray(container["args"]) ? { args: container["args"].map(text) } : {}),
      ...(container["env"] === undefined ? {} : { env: fetched(objectsOf(container["env"]), mirrors) }),
    })),
    volumes: pod.volumes.map((volume) => {
      const source = objectOf(volume["image"]);
      const reference = source["reference"];
      return typeof reference === "string"
        ? { ...volume, image: { ...source, reference: mirrorImage(reference, mirrors) } }
        : volume;
    }),
  };
}

/** `IMAGE` is what the pull script fetches. */
function fetched(env: readonly JsonObject[], mirrors: Mirrors): readonly JsonObject[] {
  return env.map((variable) =>
    variable["name"] === "IMAGE" && typeof variable["value"] === "string"
      ? { ...variable, value: mirrorImage(variable["value"], mirrors) }
      : variable,
  );
}

/** The kubelet's credentials do not reach processes: those that fetch images as files get the pull secrets as files. */
function withPullerCredentials(pod: Pod, { pullSecrets }: Mirrors): Pod {
  if (pullSecrets.length === 0) return pod;
  const sources = credentialSources(pullSecrets);
  const volumes = new Map(pod.volumes.map((volume) => [String(volume["name"]), volume]));
  const initContainers = pod.initContainers.map((container) => {
    const directory = variableOf(container, "AUTH_DIRECTORY");
    if (directory !== undefined) return withSources(container, directory, sources, volumes);
    if (!usesOras(container) || mountAt(container, DOCKER_DIRECTORY) !== undefined) return container;
    // oras reads one file, so one secret.
    const [first = ""] = pullSecrets;
    const items = [{ key: ".dockerconfigjson", path: "config.json" }];
    volumes.set(DOCKER_VOLUME, { name: DOCKER_VOLUME, secret: { secretName: first, items, optional: true } });
    return mounted(container, { name: DOCKER_VOLUME, mountPath: DOCKER_DIRECTORY, readOnly: true });
  });
  return { ...pod, initContainers, volumes: [...volumes.values()] };
}

function withSources(
  container: JsonObject,
  directory: string,
  sources: readonly JsonObject[],
  volumes: Map<string, JsonObject>,
): JsonObject {
  const mount = mountAt(container, directory);
  if (mount === undefined) {
    volumes.set(CREDENTIALS_VOLUME, { name: CREDENTIALS_VOLUME, projected: { sources } });
    return mounted(container, { name: CREDENTIALS_VOLUME, mountPath: directory, readOnly: true });
  }
  const name = String(mount["name"]);
  const volume = volumes.get(name) ?? {};
  const projected = objectOf(volume["projected"]);
  const present = objectsOf(projected["sources"]);
  const known = new Set(present.map((source) => objectOf(source["secret"])["name"]));
  const missing = sources.filter((source) => !known.has(objectOf(source["secret"])["name"]));
  volumes.set(name, { ...volume, projected: { ...projected, sources: [...present, ...missing] } });
  return container;
}

/** Optional: where a namespace lacks the secret, an anonymous pull may still work, and a pod that fails says more. */
function credentialSources(secrets: readonly string[]): readonly JsonObject[] {
  const { projected } = credentialsVolume(CREDENTIALS_VOLUME, secrets);
  return objectsOf(objectOf(projected)["sources"]).map((source) => ({
    secret: { ...objectOf(source["secret"]), optional: true },
  }));
}

function usesOras(container: JsonObject): boolean {
  return Array.isArray(container["command"]) && container["command"][0] === "oras";
}

/**
 * Where the model server downloads from. A mirror has no Xet storage of its own (huggingface_hub would follow its answers to
 * the public one), and usage reports would go to public hosts (vLLM 0.25.1 and huggingface_hub read DO_NOT_TRACK).
 */
function withEndpoint(pod: Pod, { huggingFaceEndpoint }: Mirrors): Pod {
  if (huggingFaceEndpoint === undefined) return pod;
  const variables = { DO_NOT_TRACK: "1", HF_ENDPOINT: huggingFaceEndpoint, HF_HUB_DISABLE_XET: "1" };
  const add = (container: JsonObject): JsonObject =>
    container["name"] === "model" ? withVariables(container, variables) : container;
  return { ...pod, containers: pod.containers.map(add), initContainers: pod.initContainers.map(add) };
}

function withAuthorities(pod: Pod, { caBundle }: Mirrors): Pod {
  if (caBundle === undefined) return pod;
  const file = `${CA_DIRECTORY}/${CA_FILE}`;
  const variables = Object.fromEntries(CA_VARIABLES.map((name) => [name, file]));
  const add = (container: JsonObject): JsonObject =>
    mounted(withVariables(container, variables), { name: CA_VOLUME, mountPath: CA_DIRECTORY, readOnly: true });
  const configMap = { name: caBundle.configMap, items: [{ key: caBundle.key, path: CA_FILE }] };
  return {
    containers: pod.containers.map(add),
    initContainers: pod.initContainers.map(add),
    volumes: [...pod.volumes, { name: CA_VOLUME, configMap }],
  };
}

/** Variables a container states itself win. */
function withVariables(container: JsonObject, variables: { readonly [name: string]: string }): JsonObject {
  const env = objectsOf(container["env"]);
  const stated = new Set(env.map((variable) => variable["name"]));
  const added = Object.entries(variables).filter(([name]) => !stated.has(name));
  return { ...container, env: [...env, ...added.map(([name, value]) => ({ name, value }))] };
}

function mounted(container: JsonObject, mount: JsonObject): JsonObject {
  return { ...container, volumeMounts: [...objectsOf(container["volumeMounts"]), mount] };
}

function mountAt(container: JsonObject, path: string): JsonObject | undefined {
  return objectsOf(container["volumeMounts"]).find((mount) => mount["mountPath"] === path);
}

function variableOf(container: JsonObject, variable: string): string | undefined {
  const found = objectsOf(container["env"]).find((one) => one["name"] === variable)?.["value"];
  return typeof found === "string" ? found : undefined;
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
