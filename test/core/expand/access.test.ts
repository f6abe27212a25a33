import { expect } from "chai";
import { describe, it } from "mocha";
import { expand } from "../../../src/core/expand.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Expansion, Workspace } from "../../../src/core/kinds/workspace.ts";
import { readOptions } from "../../../src/core/options.ts";
import { catalogue, serving, tuning, workspace } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const V100 = "Standard_NC6s_v3";
const CHAT = { "foresail.dev/chat-api": "true" };
const KEY = { "foresail.dev/api-key-secret": "callers" };
const TRANSFORMERS = { "kaito.sh/runtime": "transformers" };

const codes = (object: Workspace): readonly string[] =>
  expand(object, catalogue).issues.map((issue) => `${issue.level} ${issue.code}`);
function expansionOf(object: Workspace): Expansion {
  const { expansion, issues } = expand(object, catalogue);
  if (expansion === undefined) throw new Error(issues.map((issue) => issue.message).join("\n"));
  return expansion;
}
interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly env?: readonly JsonObject[];
  readonly ports?: readonly JsonObject[];
  readonly [field: string]: unknown;
}
function podOf(object: Workspace): {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
} {
  return expansionOf(object).podTemplate["spec"] as never;
}
const model = (object: Workspace): Container => podOf(object).containers[0] as Container;
const sidecar = (object: Workspace): Container | undefined =>
  podOf(object).initContainers?.find(({ name }) => name === "chat");
const adapted = (names: readonly string[]): Workspace => {
  const object = serving("phi-4", A100, CHAT);
  const adapters = names.map((name) => ({ source: { name, image: `registry.example/${name}:1` } }));
  return { ...object, inference: { ...object.inference, adapters } } as Workspace;
};
const template = (annotations: { readonly [key: string]: string }): Workspace =>
  workspace({
    annotations,
    resource: { labelSelector: {}, instanceType: A100 },
    inference: { template: { spec: { containers: [{ name: "c" }] } } },
  });
const tuned = (annotations: { readonly [key: string]: string }): Workspace => {
  const object = tuning("phi-4", A100);
  return { ...object, metadata: { ...object.metadata, annotations } };
};

describe("chat-api", () => {
  it("puts a sidecar on the model port and the server behind it", () => {
    const object = serving("phi-4", A100, CHAT);
    expect(codes(object)).to.deep.equal([]);
    const { name, image, args, restartPolicy, ports } = sidecar(object) as Container;
    expect({ name, image, args, restartPolicy, ports }).to.deep.equal({
      name: "chat",
      image: catalogue.current.defaults.images.foresail,
      args: ["chat", "--port=5000", "--upstream-port=5001"],
      restartPolicy: "Always",
      ports: [{ name: "http", containerPort: 5000, protocol: "TCP" }],
    });
    const server = model(object);
    expect(server.args).to.include("--port=5001");
    expect(server.ports).to.deep.equal([{ name: "server", containerPort: 5001, protocol: "TCP" }]);
    for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"])
      expect(server[probe]).to.deep.include({ httpGet: { path: "/health", port: 5001 } });
    expect(expansionOf(object).service).to.deep.include({ api: ["openai", "chat"] });
    expect(expansionOf(object).service?.ports[0]).to.deep.include({ port: 80, targetPort: 5000 });
  });

  it("changes nothing else of the expansion, and nothing at all when it is false", () => {
    const plain = expansionOf(serving("phi-4", A100));
    const off = expansionOf(serving("phi-4", A100, { "foresail.dev/chat-api": "false" }));
    expect({ ...off, inputsHash: "" }).to.deep.equal({ ...plain, inputsHash: "" });
    const on = expansionOf(serving("phi-4", A100, CHAT));
    const { podTemplate: _p, service: _s, inputsHash: _i, ...rest } = plain;
    expect(on).to.deep.include(rest);
  });

  it("runs the sidecar with no rights", () => {
    expect(sidecar(serving("phi-4", A100, CHAT))?.["securityContext"]).to.deep.equal({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
      runAsGroup: 65_532,
      runAsNonRoot: true,
      runAsUser: 65_532,
    });
  });

  it("asks for the adapter where there is one, after the pullers", () => {
    const names = podOf(adapted(["a1"])).initContainers?.map(({ name }) => name);
    expect(names?.at(-1)).to.equal("chat");
    expect(sidecar(adapted(["a1"]))?.args).to.include("--model=a1");
    expect(sidecar(adapted(["a1", "a2"]))?.args?.join(" ")).not.to.include("--model");
    expect(codes(adapted(["a1", "a2"]))).to.include("warning chat-api/adapters");
  });

  it("is there already in KAITO's old images, and cannot be elsewhere", () => {
    expect(codes(serving("phi-3-mini-4k-instruct", V100, CHAT))).to.include("warning chat-api/built-in");
    expect(sidecar(serving("phi-3-mini-4k-instruct", V100, CHAT))).to.equal(undefined);
    expect(expansionOf(serving("phi-3-mini-4k-instruct", V100, CHAT)).service?.api).to.deep.equal(["chat"]);
    expect(codes(serving("phi-4", A100, { ...CHAT, ...TRANSFORMERS }))).to.deep.equal(["error chat-api/unsupported"]);
    expect(codes(template(CHAT))).to.deep.equal(["error chat-api/unsupported"]);
    expect(codes(tuned(CHAT))).to.deep.equal(["error chat-api/unsupported"]);
  });

  it("works for a model over several nodes", () => {
    const object = serving("llama-3.3-70b-instruct", "Standard_NC24ads_A100_v4", {
      ...CHAT,
      "foresail.dev/replicas": "1",
    });
    const { preset } = object.inference ?? {};
    const token = { ...object, inference: { preset: { ...preset, presetOptions: { modelAccessSecret: "hf" } } } };
    const { nodeCount } = expansionOf(token as Workspace);
    expect(nodeCount).to.be.greaterThan(1);
    const { containers } = podOf(token as Workspace);
    expect(JSON.stringify(containers[0]))
      .to.include("--port=5001")
      .and.not.to.match(/\b5000\b/);
    // Only the first pod serves: the sidecar of the others must not ask the model.
    expect(sidecar(token as Workspace)?.["readinessProbe"]).to.deep.include({ tcpSocket: { port: 5000 } });
  });
});

describe("api-key-secret", () => {
  const key = { name: "VLLM_API_KEY", valueFrom: { secretKeyRef: { key: "API_KEY", name: "callers" } } };

  it("gives the server the key by reference, never in arguments and never to the sidecar", () => {
    const object = serving("phi-4", A100, { ...KEY, ...CHAT });
    expect(codes(object)).to.deep.equal([]);
    expect(model(object).env).to.deep.include(key);
    expect(model(object).args?.join(" ")).not.to.match(/api-key|callers/);
    expect(JSON.stringify(sidecar(object))).not.to.include("callers");
    expect(JSON.stringify(model(serving("phi-4", A100)))).not.to.include("API_KEY");
  });

  it("is refused where no server would check it", () => {
    for (const object of [
      serving("phi-4", A100, { ...KEY, ...TRANSFORMERS }),
      serving("phi-3-mini-4k-instruct", V100, KEY),
      template(KEY),
    ])
      expect(codes(object)).to.include("error api-key/unsupported");
  });

  it("has no effect on a training run, which is said", () => {
    expect(codes(tuned({ ...KEY, "foresail.dev/allow-from": "team-a" }))).to.deep.equal([
      "warning access/ignored",
      "warning access/ignored",
    ]);
  });
});

describe("allow-from", () => {
  const read = (value: string): unknown =>
    readOptions(serving("phi-4", A100, { "foresail.dev/allow-from": value })).options.allowFrom;

  it("is kept as stated, each once", () => {
    const { service } = expansionOf(serving("phi-4", A100, { "foresail.dev/allow-from": "b, a/app=x,b ,10.0.0.0/8" }));
    expect(service?.allowFrom).to.deep.equal([
      { namespace: "b" },
      { namespace: "a", podLabels: { app: "x" } },
      { cidr: "10.0.0.0/8" },
    ]);
    expect(expansionOf(serving("phi-4", A100)).service).not.to.have.property("allowFrom");
  });

  for (const cidr of [
    "0.0.0.0/0",
    "10.1.2.3/32",
    "192.168.4.0/22",
    "::/0",
    "::1/128",
    "fd00::/8",
    "2001:DB8:0:1::/64",
  ]) {
    it(`takes ${cidr}`, () => expect(read(cidr)).to.deep.equal([{ cidr }]));
  }

  const wrong = [
    ["10.0.0.1/8", "10.0.0.0/33", "256.0.0.0/8", "010.0.0.0/8", "10.0.0/8", "10.0.0.0/08", "10.0.0.0", "10.0.0.0/8/8"],
    ["fd00::1/8", "::/129", "1:2:3:4:5:6:7/64", "1:2:3:4:5:6:7:8::/128", ":::/0", "::ffff:10.0.0.0/104", "g::/16"],
    ["", ",", "Team-A", "team_a", "a/b", "a/=x", "a/b=", "a/b=x=y", "a/-b=x", "a/b..c/d=x", "/a=b", "a/b=x-"],
    [`a/${"b.".repeat(127)}c/d=x`, `a/${"b".repeat(64)}=x`, `a/b=${"x".repeat(64)}`],
  ].flat();
  for (const value of wrong) {
    it(`refuses ${JSON.stringify(value)}`, () => {
      expect(read(value)).to.equal(undefined);
      expect(codes(serving("phi-4", A100, { "foresail.dev/allow-from": value }))).to.deep.equal([
        "error annotation/invalid",
      ]);
    });
  }

  it("takes labels with a domain", () => {
    expect(read("a/app.kubernetes.io/name=web")).to.deep.equal([
      { namespace: "a", podLabels: { "app.kubernetes.io/name": "web" } },
    ]);
  });

  it("that shuts out a load balancer is warned about", () => {
    const balanced = { "kaito.sh/enablelb": "True", "foresail.dev/allow-from": "team-a" };
    expect(codes(serving("phi-4", A100, balanced))).to.deep.equal(["warning access/load-balancer"]);
    const ranged = { ...balanced, "foresail.dev/allow-from": "team-a,10.0.0.0/8" };
    expect(codes(serving("phi-4", A100, ranged))).to.deep.equal([]);
  });
});
