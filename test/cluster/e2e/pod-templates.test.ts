import { expect } from "chai";
import { it } from "mocha";
import { children } from "../../../src/core/children/children.ts";
import { podTemplateShape } from "../../../src/core/expand/strategic-merge.ts";
import { expand } from "../../../src/core/expand.ts";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, serving, tuning, workspace } from "../../core/support/workspaces.ts";
import { cluster, describeWith, namespace, read } from "../support/cluster.ts";

const A100 = "Standard_NC24ads_A100_v4";
const A10 = "Standard_NV36ads_A10_v5";
const V100 = "Standard_NC6s_v3";

/** Creates an object by dry run; the answer is what the API server holds against it. */
async function dryRun(path: string, body: JsonObject): Promise<string> {
  const answer = await cluster().api.call({ method: "POST", path: `${path}?dryRun=All&fieldValidation=Strict`, body });
  return answer.status === 201 ? "" : JSON.stringify(answer.body);
}

function pod(template: JsonObject): JsonObject {
  const metadata = { ...(template["metadata"] as JsonObject), name: "p" };
  return { apiVersion: "v1", kind: "Pod", ...template, metadata };
}

/** Every way a pod differs, once: per preset its cheapest size, several nodes, old GPUs, tuning; per option one preset. */
function objects(): readonly Workspace[] {
  const adapters = [
    { source: { name: "a", image: "registry.example/a:1", imagePullSecrets: ["s"] } },
    { source: { name: "b", volumeSource: { emptyDir: {} } }, strength: "0.5" },
  ];
  const inference = (members: JsonObject): Workspace =>
    workspace({
      resource: { labelSelector: {}, instanceType: A100 },
      inference: { preset: { name: "phi-4" }, ...members },
    });
  const annotated = (...annotations: readonly { readonly [name: string]: string }[]): readonly Workspace[] =>
    annotations.map((one) => serving("phi-4", A100, one));
  const template = {
    metadata: { annotations: { note: "" } },
    spec: {
      containers: [{ env: [{ name: "A", value: "" }] }, { name: "side", image: "registry.example/side:1" }],
      hostAliases: [{ ip: "10.0.0.1", hostnames: ["a.example"] }],
      topologySpreadConstraints: [{ topologyKey: "zone", maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway" }],
      volumes: [{ name: "model-weights-volume", persistentVolumeClaim: { claimName: "mine" } }],
    },
  };
  return [
    ...catalogue.current.models.flatMap(({ name }) => [
      serving(name),
      serving(name, A10),
      serving(name, V100),
      tuning(name, A100),
      serving(name, undefined, { "foresail.dev/provision": "false" }),
    ]),
    // What only old images serve, on the largest size of their time.
    ...catalogue.current.models
      .filter(({ runtimes }) => runtimes !== undefined)
      .map(({ name }) => serving(name, "Standard_ND40rs_v2")),
    inference({ adapters, config: "mine" }),
    inference({ template }),
    ...annotated(
      { "foresail.dev/capacity-type": "spot", "foresail.dev/placement": "shared" },
      { "kaito.sh/runtime": "transformers", "kaito.sh/use-local-weights": "true" },
      { "kaito.sh/use-local-weights": "true" },
      { "foresail.dev/weights-claim": "mine" },
      { "foresail.dev/chat-api": "true", "foresail.dev/api-key-secret": "key" },
    ),
  ];
}

describeWith(["controllerManager"], "stored pod templates", () => {
  it("are valid for every preset, served on one node and on several, on old GPUs, tuned, and with every option", async () => {
    const space = await namespace("pods");
    const templates = new Map<string, JsonObject>();
    const served = new Set<string>();
    const withStorageClass = { ...catalogue.current.defaults, weightsStorageClass: "managed-csi" };
    const release = { ...catalogue.current, defaults: withStorageClass };
    const disk = expand(serving("phi-4", A100), { current: release, releases: [release] }).expansion;
    const expansions = [...objects().map((object) => expand(object, catalogue).expansion), disk];
    for (const expansion of expansions) {
      if (expansion === undefined) continue;
      served.add(`${expansion.workload.kind} ${expansion.preset?.name}`);
      templates.set(JSON.stringify(expansion.podTemplate), expansion.podTemplate);
    }
    expect([...served].filter((one) => one.startsWith("StatefulSet"))).to.have.length.of.at.least(20);
    const presets = [...served].filter((one) => !one.startsWith("Job")).map((one) => one.split(" ")[1]);
    expect(presets).to.include.members(catalogue.current.models.map(({ name }) => name));
    expect(disk?.podTemplate).to.not.equal(undefined);
    const path = `/api/v1/namespaces/${space}/pods`;
    const found = await Promise.all([...templates.values()].map((template) => dryRun(path, pod(template))));
    expect(found.filter((fault) => fault !== "")).to.deep.equal([]);
  });

  it("are valid in the workloads of several nodes", async () => {
    const space = await namespace("pods");
    const object = { ...serving("phi-4", A10), metadata: { name: "phi", namespace: space, uid: "uid" } };
    const { expansion } = expand(object, catalogue);
    const made = children({ ...object, ...(expansion === undefined ? {} : { expansion }) });
    const sets = made.filter(({ kind }) => kind === "StatefulSet");
    expect(sets).to.have.length(1);
    for (const set of sets) expect(await dryRun(`/apis/apps/v1/namespaces/${space}/statefulsets`, set)).to.equal("");
  });
});

/** Lists of a schema of the API server that merge, with their keys. */
function mergeKeys(schema: unknown): { readonly [list: string]: string } {
  const properties = isObject(schema) && isObject(schema["properties"]) ? schema["properties"] : {};
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, property]) => {
      const key = isObject(property) ? property["x-kubernetes-patch-merge-key"] : undefined;
      return typeof key === "string" ? [[name, key]] : [];
    }),
  );
}

describeWith([], "templates laid over a preset's pod", () => {
  it("merge by the keys the API server merges by", async () => {
    const document = await read<{ components: { schemas: JsonObject } }>("/openapi/v3/api/v1");
    const schemas = document?.components.schemas ?? {};
    const keys = (lists: { readonly [list: string]: { readonly key: string } } | undefined) =>
      Object.fromEntries(Object.entries(lists ?? {}).map(([name, { key }]) => [name, key]));
    const spec = podTemplateShape.maps?.["spec"];
    // Ephemeral containers are no part of a template.
    const { ephemeralContainers: _, ...ofSpec } = mergeKeys(schemas["io.k8s.api.core.v1.PodSpec"]);
    expect(keys(spec?.lists)).to.deep.equal(ofSpec);
    const container = mergeKeys(schemas["io.k8s.api.core.v1.Container"]);
    expect(keys(spec?.lists?.["containers"]?.entry?.lists)).to.deep.equal(container);
    expect(keys(spec?.lists?.["initContainers"]?.entry?.lists)).to.deep.equal(container);
    expect(Object.keys(container)).to.include("env");
  });
});
