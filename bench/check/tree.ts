import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "yaml";

const PRESETS = ["phi-4", "phi-4-mini-instruct", "qwen2.5-coder-7b-instruct"];
const PER_KUSTOMIZATION = 5;
const PER_DIRECTORY = 20;

/**
 * A repository as people have it: two thirds of the Workspaces as plain files, the others below kustomizations of five beside
 * a Deployment; what is left of the files is none of ours.
 * @returns a file with one Workspace
 */
export function writeRepository(root: string, files: number, workspaces: number): string {
  let written = 0;
  const put = (path: string, object: object): string => {
    written++;
    return write(join(root, path), object);
  };
  const plain = Math.ceil((workspaces * 2) / 3);
  const one = put("apps/0/model-0.yaml", workspace(0));
  for (let i = 1; i < plain; i++) put(`apps/${Math.floor(i / PER_DIRECTORY)}/model-${i}.yaml`, workspace(i));
  for (let first = plain; first < workspaces; first += PER_KUSTOMIZATION) {
    const ours = Array.from({ length: Math.min(PER_KUSTOMIZATION, workspaces - first) }, (_, i) => first + i);
    const folder = `clusters/${first}`;
    for (const i of ours) put(`${folder}/model-${i}.yaml`, workspace(i));
    put(`${folder}/deployment.yaml`, deployment(first));
    const resources = [...ours.map((i) => `model-${i}.yaml`), "deployment.yaml"];
    put(`${folder}/kustomization.yaml`, kustomization({ namespace: `cluster-${first}`, resources }));
  }
  for (let i = 0; written < files; i++) {
    put(`other/${i % PER_DIRECTORY}/object-${i}.yaml`, i % 2 === 0 ? deployment(i) : configMap(i));
  }
  return one;
}

/** Overlays of one base, each with a namespace and a patch. */
export function writeOverlays(root: string, overlays: number): void {
  write(join(root, "base/workspace.yaml"), workspace(0));
  write(join(root, "base/kustomization.yaml"), kustomization({ resources: ["workspace.yaml"] }));
  for (let i = 0; i < overlays; i++) {
    const patch = stringify([{ op: "add", path: "/metadata/labels", value: { tier: `t${i}` } }]);
    const patches = [{ target: { kind: "Workspace" }, patch }];
    const overlay = kustomization({ namespace: `overlay-${i}`, resources: ["../../base"], patches });
    write(join(root, `overlays/${i}/kustomization.yaml`), overlay);
  }
}

function write(file: string, object: object): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, stringify(object));
  return file;
}

function kustomization(fields: object): object {
  return { apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", ...fields };
}

function workspace(i: number): object {
  return {
    apiVersion: "kaito.sh/v1beta1",
    kind: "Workspace",
    metadata: { name: `model-${i}`, namespace: `team-${i % PER_DIRECTORY}` },
    resource: {
      labelSelector: { matchLabels: { apps: `model-${i}` } },
      ...(i % 2 === 1 && { instanceType: "Standard_NC24ads_A100_v4" }),
    },
    inference: { preset: { name: PRESETS[i % PRESETS.length] } },
  };
}

function deployment(i: number): object {
  const labels = { app: `web-${i}` };
  const containers = [{ name: "web", image: `registry.example/web:${i}`, ports: [{ containerPort: 8080 }] }];
  const template = { metadata: { labels }, spec: { containers } };
  const spec = { replicas: 2, selector: { matchLabels: labels }, template };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: `web-${i}`, labels }, spec };
}

function configMap(i: number): object {
  const data = { LOG_LEVEL: "info", "nested.yaml": "a: 1\nb: [1, 2, 3]\n" };
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `settings-${i}` }, data };
}
