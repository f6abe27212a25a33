import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { objectAt, objectsAt, textAt, textsAt } from "../../../src/core/capacity/fields.ts";
import { expand } from "../../../src/core/expand.ts";
import { canonicalJson, type JsonObject } from "../../../src/core/json.ts";
import { expandPod } from "../../../src/core/preset-pod/expand-pod.ts";
import { catalogue, serving } from "../support/workspaces.ts";
import { A100, NAMESPACE, presetPod } from "./support.ts";

function expanded(pod: JsonObject): JsonObject {
  const { pod: after, issues } = expandPod(pod, NAMESPACE, catalogue);
  if (after === undefined) throw new Error(issues.map(({ message }) => message).join("; "));
  return after;
}

const said = (pod: JsonObject): readonly string[] =>
  expandPod(pod, NAMESPACE, catalogue).issues.map(({ code }) => code);
const model = (pod: JsonObject): JsonObject => objectsAt(pod, "spec", "containers")[0] ?? {};
const requirements = (pod: JsonObject): readonly JsonObject[] =>
  objectsAt(
    objectsAt(
      pod,
      "spec",
      "affinity",
      "nodeAffinity",
      "requiredDuringSchedulingIgnoredDuringExecution",
      "nodeSelectorTerms",
    )[0],
    "matchExpressions",
  );

describe("a preset pod", () => {
  it("gets what a Workspace of the same preset and size gets", () => {
    const annotations = { "foresail.dev/instance-type": A100 };
    const ours = model(expanded(presetPod({ annotations })));
    const theirs = objectsAt(expand(serving("phi-4", A100), catalogue).expansion?.podTemplate, "spec", "containers")[0];
    for (const member of ["image", "command", "args", "resources", "startupProbe", "readinessProbe", "livenessProbe"]) {
      expect(canonicalJson(ours[member]), member).to.equal(canonicalJson(theirs?.[member]));
    }
    expect(ours["imagePullPolicy"], "what goes with auto is not what goes with a tag").to.equal("IfNotPresent");
    expect(ours["name"]).to.equal("web");
  });

  it("leaves the GPUs its model does not need to the other pods of its owner", () => {
    const annotations = { "foresail.dev/instance-type": "Standard_NC48ads_A100_v4" };
    const after = expanded(presetPod({ annotations }));
    expect(textAt(model(after), "resources", "limits", "nvidia.com/gpu")).to.equal("1");
    expect(textAt(model(after), "resources", "requests", "cpu")).to.equal("16");
    expect(canonicalJson(expanded(after)), "a fixed point").to.equal(canonicalJson(after));
  });

  it("keeps what it states", () => {
    const stated = {
      image: "registry.example/mine:1",
      imagePullPolicy: "Never",
      command: ["mine"],
      args: ["--own"],
      env: [{ name: "HF_HOME", value: "/mine" }],
      readinessProbe: { tcpSocket: { port: 1 } },
      resources: { requests: { cpu: "1" }, limits: { memory: "9Gi" } },
      securityContext: { runAsUser: 7 },
    };
    const after = expanded(presetPod({ container: stated, spec: { terminationGracePeriodSeconds: 5 } }));
    const container = model(after);
    for (const member of ["image", "imagePullPolicy", "command", "args", "readinessProbe", "securityContext"] as const)
      expect(container[member], member).to.deep.equal(stated[member]);
    expect(objectsAt(container, "env").filter(({ name }) => name === "HF_HOME")).to.deep.equal(stated.env);
    expect(objectAt(container, "resources", "requests")["cpu"]).to.equal("1");
    expect(objectAt(container, "resources", "limits")).to.deep.equal({ memory: "9Gi", "nvidia.com/gpu": "1" });
    expect(objectAt(after, "spec")["terminationGracePeriodSeconds"]).to.equal(5);
  });

  it("adds arguments of its own after the preset's", () => {
    const args = textsAt(model(expanded(presetPod({ container: { args: ["--seed=1"] } }))), "args");
    expect(args.at(-1)).to.equal("--seed=1");
    expect(args).to.include("--model=microsoft/phi-4");
  });

  it("goes into the container named model, else the first", () => {
    const containers = [
      { name: "proxy", image: "registry.example/proxy:1" },
      { name: "model", image: "auto" },
    ];
    const [proxy, named] = objectsAt(expanded(presetPod({ spec: { containers } })), "spec", "containers");
    expect(proxy).to.deep.equal(containers[0]);
    expect(named?.["image"]).to.include("kaito-base");
  });

  it("goes into the same container when another webhook has put one before it", () => {
    const proxy = { name: "proxy", image: "registry.example/proxy:1" };
    const after = expanded(presetPod());
    const injected = { ...after, spec: { ...objectAt(after, "spec"), containers: [proxy, model(after)] } };
    expect(expanded(injected)).to.deep.equal(injected);
    const before = { containers: [proxy, { name: "web", image: "auto" }] };
    expect(objectsAt(expanded(presetPod({ spec: before })), "spec", "containers")[0]).to.deep.equal(proxy);
    const annotations = { "foresail.dev/model-container": "b" };
    const named = { containers: [proxy, { name: "b", image: "registry.example/b:1" }] };
    const [, b] = objectsAt(expanded(presetPod({ annotations, spec: named })), "spec", "containers");
    expect(b).to.have.property("resources");
  });

  it("loses its gate and no other", () => {
    const schedulingGates = [{ name: "foresail.dev/expand" }, { name: "example.com/quota" }];
    expect(objectsAt(expanded(presetPod({ spec: { schedulingGates } })), "spec", "schedulingGates")).to.deep.equal([
      { name: "example.com/quota" },
    ]);
    expect(objectAt(expanded(presetPod()), "spec")).to.not.have.property("schedulingGates");
  });

  it("asks for nodes of its owner's, in every alternative it states", () => {
    const term = (key: string): JsonObject => ({ matchExpressions: [{ key, operator: "Exists" }] });
    const nodeSelectorTerms = [term("a"), term("b")];
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
    const after = expanded(presetPod({ spec: { affinity } }));
    const required = objectAt(
      after,
      "spec",
      "affinity",
      "nodeAffinity",
      "requiredDuringSchedulingIgnoredDuringExecution",
    );
    expect(objectsAt(required, "nodeSelectorTerms")).to.have.length(2);
    for (const one of objectsAt(required, "nodeSelectorTerms"))
      expect(objectsAt(one, "matchExpressions").map(({ key }) => key)).to.include("foresail.dev/share");
    const shares = ["rs-uid", "other-uid", "rs-uid"].map((owner) =>
      canonicalJson(requirements(expanded(presetPod({ owner })))),
    );
    expect(shares[0]).to.equal(shares[2]).and.to.not.equal(shares[1]);
    expect(requirements(after).map(({ key }) => key)).to.include("node.kubernetes.io/instance-type");
  });

  it("shares no label with the children of a Workspace, by which those are found", () => {
    const labels = objectAt(expanded(presetPod()), "metadata", "labels");
    expect(labels).to.deep.equal({ app: "phi", "foresail.dev/preset": "phi-4" });
  });

  it("fits on one node, although several small ones would be cheaper", () => {
    const two = catalogue.current.models.filter(({ name }) => {
      const found = expand(serving(name), catalogue).expansion;
      return found !== undefined && found.nodeCount > 1 && said(tokened(name)).length === 0;
    });
    expect(two, "no such model: find another example").to.not.have.lengthOf(0);
    for (const { name } of two)
      expect(expandPod(tokened(name), NAMESPACE, catalogue).expansion?.nodeCount, name).to.equal(1);
  });

  it("is refused what only a Workspace can have", () => {
    const allowed = (name: string): readonly string[] => said(presetPod({ annotations: { [name]: "team-a" } }));
    for (const name of ["allow-from", "api-key-secret", "replicas", "rollout", "ttl", "placement"])
      expect(allowed(`foresail.dev/${name}`), name).to.include("annotation/unsupported");
    expect(said(presetPod({ annotations: { "foresail.dev/instance-type": "Standard_NV36ads_A10_v5" } }))).to.include(
      "preset-pod/several-nodes",
    );
  });

  it("is told of its own label and annotations, not of fields of a Workspace", () => {
    const wrong = presetPod({ preset: "phi-44", annotations: { "foresail.dev/instance-type": "Standard_NC24_A100" } });
    const { issues } = expandPod(wrong, NAMESPACE, catalogue);
    const text = issues.map(({ path, message }) => `${path} ${message}`).join("\n");
    expect(text).to.include("metadata.labels[foresail.dev/preset]");
    expect(text).to.include("metadata.annotations[foresail.dev/instance-type]");
    expect(text).to.not.match(/inference\.|resource\.instanceType/);
  });

  it("brings the token of a gated model in a variable of its own", () => {
    const gated = "llama-3.1-8b-instruct";
    expect(said(presetPod({ preset: gated }))).to.include("model/token-required");
    const from = (env: JsonObject): JsonObject =>
      presetPod({ preset: gated, container: { env: [{ name: "HF_TOKEN", ...env }] } });
    const secret = { valueFrom: { secretKeyRef: { name: "mine", key: "token" } } };
    for (const env of [secret, { value: "$(OTHER)" }]) {
      const variables = objectsAt(model(expanded(from(env))), "env").filter(({ name }) => name === "HF_TOKEN");
      expect(variables).to.deep.equal([{ name: "HF_TOKEN", ...env }]);
    }
    const envFrom = [{ secretRef: { name: "mine" } }];
    const sourced = model(expanded(presetPod({ preset: gated, container: { envFrom } })));
    expect(objectsAt(sourced, "env").map(({ name }) => name)).to.not.include("HF_TOKEN");
  });

  it("stays as it is when it is expanded again, whatever it states (property)", () => {
    const presets = catalogue.current.models.map(({ name }) => name);
    const parts = fc.record({
      preset: fc.constantFrom(...presets),
      container: fc.constantFrom<JsonObject>(
        {},
        { args: ["--seed=1"] },
        { command: ["own"], args: [] },
        { env: [{ name: "HF_TOKEN", value: "x" }], volumeMounts: [{ name: "own", mountPath: "/dev/shm" }] },
        { ports: [{ containerPort: 5000, name: "api" }], envFrom: [{ secretRef: { name: "s" } }] },
      ),
      spec: fc.constantFrom<JsonObject>(
        {},
        { tolerations: [{ operator: "Exists" }], volumes: [{ name: "dshm", emptyDir: {} }] },
        { securityContext: { fsGroup: 1 }, initContainers: [{ name: "first", image: "registry.example/first:1" }] },
      ),
      annotations: fc.constantFrom<{ [name: string]: string }>(
        {},
        { "foresail.dev/capacity-type": "spot", "foresail.dev/zones": "eastus-1" },
        { "foresail.dev/chat-api": "true" },
        { "foresail.dev/provision": "false", "foresail.dev/gpu": "8xH100-80GB" },
      ),
    });
    let seen = 0;
    fc.assert(
      fc.property(parts, (asked) => {
        const { pod } = expandPod(presetPod(asked), NAMESPACE, catalogue);
        if (pod === undefined) return;
        seen++;
        expect(textAt(pod, "metadata", "annotations", "foresail.dev/expanded")).to.equal(catalogue.current.id);
        expect(expanded(pod)).to.deep.equal(pod);
      }),
      { numRuns: 300 },
    );
    expect(seen, "almost everything was refused").to.be.greaterThan(100);
  });

  it("never throws, whatever the members are", () => {
    const odd = fc.constantFrom<unknown>(null, 1, "x", [], {}, [null], [{}], [{ name: 1 }], { a: [] });
    fc.assert(
      fc.property(fc.record({ spec: odd, containers: odd, labels: odd, annotations: odd, env: odd }), (given) => {
        const label = { "foresail.dev/preset": "phi-4" };
        const pods: readonly unknown[] = [
          { metadata: { labels: given.labels, annotations: given.annotations }, spec: given.spec },
          { metadata: { labels: label, annotations: given.annotations }, spec: { containers: given.containers } },
          {
            metadata: { labels: label },
            spec: { containers: [{ env: given.env, args: given.env, resources: given.env }] },
          },
          { metadata: { labels: label }, spec: { containers: [{}], affinity: given.env, tolerations: given.env } },
        ];
        for (const pod of pods) expandPod(pod as JsonObject, NAMESPACE, catalogue);
      }),
    );
  });
});

/** A pod that brings a token, so that gated models are no exception. */
function tokened(preset: string): JsonObject {
  return presetPod({ preset, container: { env: [{ name: "HF_TOKEN", value: "x" }] } });
}
