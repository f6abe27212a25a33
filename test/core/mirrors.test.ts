import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { Catalogue, Mirrors, Release } from "../../src/core/catalogue.ts";
import { children } from "../../src/core/children/children.ts";
import { mirroredPod } from "../../src/core/expand/mirrored-pod.ts";
import { expand } from "../../src/core/expand.ts";
import { errors } from "../../src/core/issue.ts";
import { isObject, type Json, type JsonObject } from "../../src/core/json.ts";
import type { Expansion, Workspace } from "../../src/core/kinds/workspace.ts";
import { imagesOf, mirrorImage, mirrorNotes, unmirrored } from "../../src/core/mirrors.ts";
import { loadCatalogue } from "../../src/load.ts";
import { packageRoot } from "../../src/package-root.ts";
import { catalogue as plain, serving, tuning, workspace } from "./support/workspaces.ts";

const example = join(packageRoot(), "examples/catalogue");
const inside = loadCatalogue([join(example, "mirrors/inside.yaml")]);
const HUB = "registry.acme.internal/hub";

function mirrors(...pairs: readonly (readonly [string, string])[]): Mirrors {
  return { images: pairs.map(([prefix, mirror]) => ({ prefix, mirror })), pullSecrets: [] };
}

describe("image references through mirrors", () => {
  const both = mirrors(
    ["docker.io", HUB],
    ["mcr.microsoft.com", "m.example/mcr"],
    ["mcr.microsoft.com/aks/kaito", "m.example:5000/kaito/"],
    ["localhost:5000", "m.example/local"],
  );
  const rows: readonly (readonly [string, string])[] = [
    ["mcr.microsoft.com/oss/x:1", "m.example/mcr/oss/x:1"],
    ["mcr.microsoft.com/aks/kaito/kaito-base:0.5.0", "m.example:5000/kaito/kaito-base:0.5.0"],
    ["mcr.microsoft.com/aks/kaito-tools:1", "m.example/mcr/aks/kaito-tools:1"],
    ["mcr.microsoft.com/aks/kaito@sha256:00", "m.example:5000/kaito@sha256:00"],
    ["nginx", `${HUB}/library/nginx`],
    ["nginx:1.29", `${HUB}/library/nginx:1.29`],
    ["curlimages/curl:8.10.1", `${HUB}/curlimages/curl:8.10.1`],
    ["index.docker.io/curlimages/curl", `${HUB}/curlimages/curl`],
    ["localhost:5000/x", "m.example/local/x"],
    ["docker.io.evil.example/x", "docker.io.evil.example/x"],
    ["ghcr.io/acme/x:1", "ghcr.io/acme/x:1"],
    ["m.example/mcr/oss/x:1", "m.example/mcr/oss/x:1"],
  ];
  for (const [given, wanted] of rows) {
    it(`${given} → ${wanted}`, () => expect(mirrorImage(given, both)).to.equal(wanted));
  }

  it("take the longest prefix in whatever order they are listed", () => {
    const reversed = { ...both, images: both.images.toReversed() };
    for (const [given] of rows) expect(mirrorImage(given, reversed)).to.equal(mirrorImage(given, both));
  });
});

describe("a pod through mirrors", () => {
  const settings: Mirrors = {
    ...mirrors(["ghcr.io", "m.example/ghcr"]),
    huggingFaceEndpoint: "https://hf.example",
    pullSecrets: ["m", "n"],
    caBundle: { configMap: "ca", key: "pem" },
  };
  const pod = (spec: JsonObject): JsonObject => mirroredPod({ spec }, settings)["spec"] as JsonObject;
  const first = (list: Json | undefined): JsonObject => (list as readonly JsonObject[])[0] ?? {};

  it("keeps what a container states itself", () => {
    const env = [{ name: "HF_ENDPOINT", value: "https://own.example" }];
    const { containers } = pod({ containers: [{ name: "model", image: "ghcr.io/a/b", env }] });
    const container = first(containers);
    expect(container["image"]).to.equal("m.example/ghcr/a/b");
    expect((container["env"] as readonly JsonObject[]).filter(({ name }) => name === "HF_ENDPOINT")).to.deep.equal(env);
  });

  it("leaves the image a run is pushed to as the user wrote it, and reads adapters from the mirror", () => {
    const image = (name: string): JsonObject => ({ name, env: [{ name: "IMAGE", value: "ghcr.io/a/b:1" }] });
    const { containers, initContainers } = pod({ containers: [image("pusher")], initContainers: [image("puller")] });
    expect(first(first(containers)["env"])["value"]).to.equal("ghcr.io/a/b:1");
    expect(first(first(initContainers)["env"])["value"]).to.equal("m.example/ghcr/a/b:1");
  });

  it("adds pull secrets once, to the pod and to the credentials of pullers", () => {
    const own = { secret: { name: "m", items: [{ key: ".dockerconfigjson", path: "m.json" }] } };
    const puller = {
      name: "puller",
      env: [{ name: "AUTH_DIRECTORY", value: "/auth" }],
      volumeMounts: [{ name: "c", mountPath: "/auth" }],
    };
    const spec = pod({
      containers: [],
      initContainers: [puller, { ...puller, name: "other", volumeMounts: [] }],
      volumes: [{ name: "c", projected: { sources: [own] } }],
      imagePullSecrets: [{ name: "m" }],
    });
    expect(spec["imagePullSecrets"]).to.deep.equal([{ name: "m" }, { name: "n" }]);
    const secrets = (volume: string): readonly unknown[] => {
      const found = (spec["volumes"] as readonly JsonObject[]).find(({ name }) => name === volume) ?? {};
      const { sources } = found["projected"] as { readonly sources: readonly { readonly secret: JsonObject }[] };
      return sources.map(({ secret }) => secret["name"]);
    };
    expect(secrets("c")).to.deep.equal(["m", "n"]);
    expect(secrets("mirror-credentials")).to.deep.equal(["m", "n"]);
  });

  it("mounts the authorities and points every client at them", () => {
    const spec = pod({ containers: [{ name: "model" }], initContainers: [{ name: "puller" }] });
    for (const container of [first(spec["containers"]), first(spec["initContainers"])]) {
      const env = container["env"] as readonly { readonly name: string; readonly value: string }[];
      const files = env.filter(({ name }) => /^(SSL_CERT_FILE|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE)$/.test(name));
      expect(files.map(({ value }) => value)).to.deep.equal(Array(3).fill("/etc/foresail/ca/ca.crt"));
      expect(container["volumeMounts"]).to.deep.include({
        name: "mirror-ca",
        mountPath: "/etc/foresail/ca",
        readOnly: true,
      });
    }
    expect(spec["volumes"]).to.deep.include({
      name: "mirror-ca",
      configMap: { name: "ca", items: [{ key: "pem", path: "ca.crt" }] },
    });
  });
});

// Names of labels, resources and addresses inside the cluster; file names; the mirrors themselves; the user's own data.
const HARMLESS =
  /(^|\.)(nvidia\.com|foresail\.dev|kaito\.sh|kubernetes\.io|k8s\.io|kubernetes\.azure\.com|karpenter\.sh|acme\.internal|svc|cluster\.local|metadata\.name|metadata\.labels|127\.0\.0\.1)$|\.(py|json|yaml|yml|sh|crt|safetensors|bin|jinja|parquet|pem|txt|js|tar|gz)$|^sh\.kaito\.|^(os|sys|json|config|file|problem)\./i;

function strings(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(strings);
  return isObject(value) ? Object.entries(value).flatMap(([key, member]) => [key, ...strings(member)]) : [];
}

/** Everything that looks like a host name, and everything after a scheme. */
function hosts(value: unknown): readonly string[] {
  const found = strings(value).flatMap((text) => [
    ...(text.match(/(?<![\w.$%{/-])[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}(?![\w(-])/gi) ?? []),
    ...[...text.matchAll(/\w+:\/\/([^/\s:"'$]+)/g)].map(([, host]) => host ?? ""),
  ]);
  return [...new Set(found)].filter((host) => !HARMLESS.test(host));
}

function everything(
  object: Workspace,
  by: Catalogue,
): { readonly expansion: Expansion; readonly hosts: readonly string[] } {
  const { expansion, issues } = expand(object, by);
  if (expansion === undefined)
    throw new Error(
      errors(issues)
        .map(({ message }) => message)
        .join("; "),
    );
  const stored = { ...object, metadata: { ...object.metadata, uid: "u" }, expansion } as Workspace;
  return { expansion, hosts: hosts([expansion, children(stored)]) };
}

describe("with a mirrors file no generated object names an outside host", () => {
  const names = plain.current.models.map(({ name }) => name);
  const first = names.find((name) => name === "phi-4") ?? "";

  it("and without one, the search finds them", () => {
    expect(everything(serving(first), plain).hosts).to.include("mcr.microsoft.com");
    expect(hosts({ a: "oras pull quay.io/x", b: "https://huggingface.co/y" })).to.deep.equal([
      "quay.io",
      "huggingface.co",
    ]);
  });

  for (const name of names) {
    it(name, () => {
      const made = everything(anywhere(name), inside);
      expect(made.hosts).to.deep.equal([]);
      expect(made.expansion.preset?.image).to.match(/^registry\.acme\.internal\/mcr\//);
      if (made.expansion.preset?.runtime === "vllm")
        expect(JSON.stringify(made.expansion)).to.include("https://models.acme");
    });
  }

  it("with adapters from a registry and a sidecar", () => {
    const object = workspace({
      ...serving(first, undefined, { "foresail.dev/chat-api": "true" }),
      annotations: { "foresail.dev/chat-api": "true" },
      resource: { labelSelector: { matchLabels: { apps: "x" } } },
      inference: {
        preset: { name: first },
        adapters: ["1.0", "0.5"].map((strength, i) => ({
          source: { name: `a${i}`, image: `ghcr.io/acme/adapter-${i}:1` },
          strength,
        })),
      },
    });
    expect(everything(object, inside).hosts).to.deep.equal([]);
  });

  it("when tuning, apart from the data and the output, which are the user's", () => {
    for (const { name } of plain.current.models.filter((model) => model.tuning !== undefined)) {
      const object = tuning(name, "Standard_NC24ads_A100_v4", {
        input: { urls: ["https://data.acme.internal/train.parquet"] },
        output: { image: "registry.acme.internal/adapters:1", imagePushSecret: "push" },
      });
      expect(everything(object, inside).hosts, name).to.deep.equal([]);
    }
  });

  it("on GPUs that only the old images serve", () => {
    const made = everything(serving(first, "Standard_NC24s_v3"), inside);
    expect(made.expansion.preset?.image).to.equal("registry.acme.internal/mcr/aks/kaito/kaito-phi-4:0.1.1");
    expect(made.hosts).to.deep.equal([]);
  });

  /** The cheapest size; for models that no size is chosen for, the first that holds them. */
  function anywhere(name: string): Workspace {
    const sizes = [undefined, ...plain.current.instanceTypes.map((type) => type.name)];
    const fits = sizes.find((size) => errors(expand(serving(name, size), plain).issues).length === 0);
    return serving(name, fits);
  }
});

describe("what mirrors leave out", () => {
  const withMirrors = (given: Mirrors): Release => ({ ...plain.current, mirrors: given });

  it("is nothing for the example, and told otherwise", () => {
    expect(inside.notes).to.equal(undefined);
    expect(unmirrored(plain.current)).to.deep.equal([]);
    const left = unmirrored(withMirrors(mirrors(["mcr.microsoft.com", "m.example"])));
    expect(left)
      .to.include("docker.io/curlimages/curl:8.10.1")
      .and.not.include("mcr.microsoft.com/aks/skopeo:1.14.4-6");
    expect(mirrorNotes(withMirrors(mirrors(["mcr.microsoft.com", "m.example"]))).join("\n")).to.match(
      /no prefix matches docker\.io\/curlimages\/curl[\s\S]*huggingFaceEndpoint is not stated/,
    );
  });

  it("is said of models that install a compiler at their start, in one line of a warning", () => {
    const compiled = plain.current.models.filter(({ cudaToolkit }) => cudaToolkit).map(({ name }) => name);
    expect(compiled).to.not.be.empty;
    for (const name of [...compiled, "phi-4"]) {
      const codes = expand(serving(name), inside).issues.filter(({ code }) => code === "mirrors/not-covered");
      expect(codes.length, name).to.equal(name === "phi-4" ? 0 : 1);
      for (const { message } of codes) expect(message.length).to.be.at.most(120);
      expect(expand(serving(name), plain).issues.map(({ code }) => code)).to.not.include("mirrors/not-covered");
    }
  });

  it("covers every image a preset's pods can need", () => {
    const images = imagesOf(plain.current);
    const used = plain.current.models.flatMap(({ name }) => {
      const { expansion } = expand(serving(name), plain);
      return expansion?.preset === undefined ? [] : [expansion.preset.image];
    });
    expect(images).to.include.members([...new Set(used)]);
  });
});

describe("the example of users' files", () => {
  it("loads without a remark, and does what it says", () => {
    const own = loadCatalogue([example]);
    expect(own.notes).to.equal(undefined);
    const { expansion } = expand(serving("acme-assistant", undefined, {}), {
      ...own,
      current: { ...own.current, models: own.current.models.map((model) => ({ ...model, gated: false })) },
    });
    expect(expansion?.preset?.model).to.equal("acme/phi-4-chat");
    expect(expansion?.nodes.hourlyPriceUsd).to.equal(2.571);
  });

  it("points editors at schemas that are there", () => {
    for (const file of ["models/acme-chat.yaml", "prices/contract.yaml", "mirrors/inside.yaml"]) {
      const [line = ""] = readFileSync(join(example, file), "utf8").split("\n");
      const path = /\$schema=(\S+)$/.exec(line)?.[1] ?? "";
      expect(() => readFileSync(join(example, file, "..", path), "utf8")).to.not.throw();
    }
  });
});
