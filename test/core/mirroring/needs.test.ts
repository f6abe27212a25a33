import { expect } from "chai";
import { describe, it } from "mocha";
import type { Catalogue, Mirrors } from "../../../src/core/catalogue.ts";
import { expand } from "../../../src/core/expand.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { type Needs, needsOf, withoutImageMirrors } from "../../../src/core/mirroring/needs.ts";
import { targetsOf } from "../../../src/core/mirroring/targets.ts";
import { imagesOf } from "../../../src/core/mirrors.ts";
import { type Run, runOfWorkspace } from "../../../src/core/runs/run.ts";
import { catalogue, serving, tuning, workspace } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const BASE = "mcr.microsoft.com/aks/kaito/kaito-base:0.5.0";
const DIGEST = `sha256:${"a".repeat(64)}`;

function runOf(given: Workspace, of: Catalogue): Run {
  const { expansion, issues } = expand(given, of);
  const run = expansion === undefined ? undefined : runOfWorkspace({ ...given, expansion });
  if (run === undefined) throw new Error(issues.map(({ message }) => message).join("; "));
  return run;
}

function needs(given: readonly Workspace[], of: Catalogue = catalogue): Needs {
  const published = withoutImageMirrors(of);
  return needsOf(
    given.map((one) => ({ pulled: runOf(one, of), published: runOf(one, published) })),
    of,
  );
}

function named(name: string, given: Workspace): Workspace {
  return { ...given, metadata: { ...given.metadata, name } };
}

function withMirrors(images: Mirrors["images"]): Catalogue {
  const current = { ...catalogue.current, mirrors: { images, pullSecrets: [] } };
  return { current, releases: [current] };
}

function template(image: string): Workspace {
  const containers = [{ name: "server", image, resources: { limits: { "nvidia.com/gpu": 1 } } }];
  return workspace({
    resource: { instanceType: A100, labelSelector: { matchLabels: { apps: "own" } } },
    inference: { template: { spec: { containers } } },
  });
}

describe("images and weights to mirror", () => {
  it("are each there once, with all who need them", () => {
    const { images, weights } = needs([named("b", serving("phi-4", A100)), named("a", serving("phi-4", A100))]);
    expect(images.map(({ image, roles, neededBy }) => [image, roles, neededBy.map(({ name }) => name)])).to.deep.equal([
      [BASE, ["model"], ["a", "b"]],
    ]);
    expect(weights).to.have.length(1);
    expect(weights[0]).to.deep.include({ model: "microsoft/phi-4", license: "mit", via: ["download"], sizeGiB: 27.31 });
    expect(weights[0]?.neededBy.map(({ name }) => name)).to.deep.equal(["a", "b"]);
  });

  it("are all images a training run needs, weights as an artifact, and not the one it pushes", () => {
    const { images, weights } = needs([tuning("phi-3-mini-4k-instruct", A100)]);
    expect(images.map(({ image }) => image)).to.deep.equal([
      "docker.io/curlimages/curl:8.10.1",
      "ghcr.io/oras-project/oras:v1.2.2",
      BASE,
      "mcr.microsoft.com/aks/kaito/kaito-phi-3-mini-4k-instruct:0.2.0",
    ]);
    expect(images[3]).to.deep.include({ uses: ["artifact"], sizeGiB: 7.12 });
    expect(weights.map(({ via }) => via)).to.deep.equal([["artifact"]]);
  });

  it("hold nothing the catalogue does not list for any preset", () => {
    const known = imagesOf(catalogue.current);
    for (const { name } of catalogue.current.models) {
      const given = serving(name);
      if (expand(given, catalogue).expansion === undefined) continue;
      for (const { image } of needs([given]).images) expect(known, name).to.include(image);
    }
  });

  it("tell where weights come from: a claim, a node's disk, an image", () => {
    const via = (preset: string, size: string, annotations = {}) =>
      needs([serving(preset, size, annotations)]).weights.flatMap((one) => one.via);
    expect(via("phi-4", A100, { "foresail.dev/weights-claim": "w" })).to.deep.equal(["claim"]);
    expect(via("phi-4", A100, { "kaito.sh/use-local-weights": "true" })).to.deep.equal(["node"]);
    expect(via("phi-3-mini-4k-instruct", "Standard_NC6s_v3")).to.deep.equal(["image"]);
  });

  it("are named as they are published, with where pods pull them by the mirrors", () => {
    const mirrored = withMirrors([{ prefix: "mcr.microsoft.com", mirror: "reg.internal/mcr" }]);
    const { images } = needs([serving("phi-4", A100), template("nginx")], mirrored);
    expect(images.map(({ image, pulledAs, byCatalogue }) => [image, pulledAs, byCatalogue])).to.deep.equal([
      ["docker.io/library/nginx", undefined, false],
      [BASE, "reg.internal/mcr/aks/kaito/kaito-base:0.5.0", true],
    ]);
    const { pairs, without } = targetsOf(images, [mirrored.current.mirrors], undefined);
    expect(pairs).to.deep.equal([{ source: BASE, target: "reg.internal/mcr/aks/kaito/kaito-base:0.5.0" }]);
    expect(without.map(({ image }) => image)).to.deep.equal(["docker.io/library/nginx"]);
  });

  it("go to a registry of one's own below the name of their host; what lies there stays", () => {
    const { images } = needs([
      serving("phi-4", A100),
      template("reg.internal/m/server:1"),
      template("localhost:5000/x:1"),
    ]);
    const { pairs, lacking } = targetsOf(images, [], "reg.internal/m/");
    expect(pairs).to.deep.equal([
      { source: "localhost:5000/x:1", target: "reg.internal/m/localhost-5000/x:1" },
      { source: BASE, target: `reg.internal/m/${BASE}` },
    ]);
    // What a template states itself no mirror of the catalogue reaches.
    expect(lacking).to.deep.equal([{ prefix: "mcr.microsoft.com", mirror: "reg.internal/m/mcr.microsoft.com" }]);
  });

  it("keep their digest, and leave the tag beside it", () => {
    const { images } = needs([template(`docker.io/acme/x:1@${DIGEST}`), template(`docker.io:443/acme/y@${DIGEST}`)]);
    expect(images.map(({ pinned }) => pinned)).to.deep.equal([true, true]);
    expect(targetsOf(images, [], "reg").pairs).to.deep.equal([
      { source: `docker.io/acme/x@${DIGEST}`, target: `reg/docker.io/acme/x@${DIGEST}` },
      { source: `docker.io:443/acme/y@${DIGEST}`, target: `reg/docker.io-443/acme/y@${DIGEST}` },
    ]);
  });
});
