import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { parse, parseAllDocuments, stringify } from "yaml";
import { imageToolPath } from "../../../image/tool.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { packageRoot, packageVersion } from "../../../src/package-root.ts";
import { byName } from "../../chart/helm.ts";
import { mustKubectl } from "../support/cluster.ts";
import { readLayout } from "./unpacked.ts";

const root = packageRoot();

describe("manifests/ as an artifact", () => {
  let folder = "";
  let digest = "";
  before(async function () {
    this.timeout(300_000);
    folder = mkdtempSync(join(tmpdir(), "foresail-artifact-"));
    digest = pack("artifact");
    const tool = await imageToolPath(root);
    mkdirSync(join(folder, "fetched"));
    execFileSync("tar", ["-x", "-C", join(folder, "fetched")], {
      input: execFileSync(tool, ["export", join(folder, "artifact")]),
    });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function pack(name: string): string {
    const args = [join(root, "image/manifests.ts"), join(folder, name)];
    return execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
  }

  it("is one layer of the kind that both engines take, the same when it is made again", () => {
    const { manifests } = JSON.parse(readFileSync(join(folder, "artifact/index.json"), "utf8"));
    const blob = readFileSync(join(folder, "artifact/blobs", manifests[0].digest.replace(":", "/")), "utf8");
    const { config, layers } = JSON.parse(blob);
    expect(config.mediaType).to.equal("application/vnd.cncf.flux.config.v1+json");
    expect(layers.map(({ mediaType }: { mediaType: string }) => mediaType)).to.deep.equal([
      "application/vnd.oci.image.layer.v1.tar+gzip",
    ]);
    expect(manifests[0].platform).to.equal(undefined);
    expect(readLayout(join(folder, "artifact")).annotations).to.include({
      "org.opencontainers.image.version": packageVersion(),
    });
    expect(pack("again")).to.equal(digest);
  });

  /** What an engine builds of the artifact: the path and the patches it is given. */
  async function build(name: string, path: string, patches: readonly JsonObject[]) {
    const place = join(folder, name);
    cpSync(join(folder, "fetched"), place, { recursive: true });
    mkdirSync(join(place, "engine"));
    writeFileSync(join(place, "engine/kustomization.yaml"), stringify({ resources: [join("..", path)], patches }));
    return byName(await mustKubectl(["kustomize", join(place, "engine")]));
  }

  /** The overlay with the node class of the examples in place of its own. */
  async function wanted() {
    const text = await mustKubectl(["kustomize", join(root, "manifests/overlays/karpenter")]);
    const ours = "--node-class=karpenter.k8s.aws/EC2NodeClass/gpu";
    const changed = text.replace("--node-class=karpenter.azure.com/AKSNodeClass/default", ours);
    expect(changed).to.not.equal(text);
    return byName(changed);
  }

  it("installs by the example for Flux", async () => {
    const text = readFileSync(join(root, "examples/install/flux/foresail.yaml"), "utf8");
    const [repository, kustomization] = parseAllDocuments(text).map((document) => document.toJS());
    expect(repository.spec.ref).to.deep.equal({ tag: packageVersion() });
    const { sourceRef, path, patches, prune } = kustomization.spec;
    expect(sourceRef).to.deep.equal({ kind: repository.kind, name: repository.metadata.name });
    expect(prune).to.equal(true);
    expect(await build("flux", path, patches)).to.deep.equal(await wanted());
  });

  it("installs by the example for Argo CD", async () => {
    const { spec } = parse(readFileSync(join(root, "examples/install/argo-cd/foresail.yaml"), "utf8"));
    const { repoURL, targetRevision, path, kustomize } = spec.source;
    const flux = readFileSync(join(root, "examples/install/flux/foresail.yaml"), "utf8");
    expect(flux).to.include(`url: ${repoURL}\n`);
    expect(targetRevision).to.equal(packageVersion());
    expect(await build("argo-cd", path, kustomize.patches)).to.deep.equal(await wanted());
  });

  it("keeps the definitions from being pruned by either, and by Helm", async () => {
    const text = await mustKubectl(["kustomize", join(root, "manifests/overlays/aks")]);
    const definitions = [...byName(text)].filter(([id]) => id.startsWith("CustomResourceDefinition/"));
    expect(definitions.map(([id]) => id)).to.have.length(2);
    for (const [id, { metadata }] of definitions) {
      expect((metadata as JsonObject)["annotations"], id).to.deep.equal({
        "argocd.argoproj.io/sync-options": "Delete=false,Prune=false",
        "helm.sh/resource-policy": "keep",
        "kustomize.toolkit.fluxcd.io/prune": "disabled",
      });
    }
  });
});
