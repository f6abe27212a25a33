import { expect } from "chai";
import { describe, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { appliedBy, argoApplier, fluxApplier, helmApplier } from "../../../src/core/uninstall/appliers.ts";

const labelled = (labels: JsonObject, annotations: JsonObject = {}) => ({
  metadata: { name: "x", labels, annotations },
});
const application = (spec: JsonObject, metadata: JsonObject = {}) => ({
  metadata: { name: "foresail", namespace: "argocd", ...metadata },
  spec,
});

describe("who applies an installation", () => {
  it("is read from what each tool leaves on an object", () => {
    const flux = { "kustomize.toolkit.fluxcd.io/name": "fs", "kustomize.toolkit.fluxcd.io/namespace": "flux-system" };
    expect(appliedBy(labelled(flux))).to.deep.equal({
      tool: "flux-kustomization",
      namespace: "flux-system",
      name: "fs",
    });
    const release = { "helm.toolkit.fluxcd.io/name": "fs", "helm.toolkit.fluxcd.io/namespace": "flux-system" };
    const helm = { "meta.helm.sh/release-name": "fs", "meta.helm.sh/release-namespace": "ns" };
    // Flux's helm-controller leaves Helm's annotations, too: the release would come back.
    expect(appliedBy(labelled(release, helm))?.tool).to.equal("flux-helm-release");
    expect(appliedBy(labelled({}, helm))).to.deep.equal({ tool: "helm-release", namespace: "ns", name: "fs" });
    const tracking = { "argocd.argoproj.io/tracking-id": "team_fs:apps/Deployment:foresail-system/foresail-webhook" };
    expect(appliedBy(labelled({}, tracking))).to.deep.equal({ tool: "argo-application", name: "fs" });
    expect(appliedBy(labelled({ "app.kubernetes.io/part-of": "foresail" }))).to.equal(undefined);
  });

  it("puts nothing back when it is suspended, by hand, or on its way out", () => {
    const going = { deletionTimestamp: "2026-11-29T00:00:00Z" };
    expect(argoApplier(application({ syncPolicy: { automated: {} } }))?.remedy).to.include(
      "patch application foresail",
    );
    expect(argoApplier(application({ syncPolicy: { automated: { enabled: false } } }))).to.equal(undefined);
    expect(argoApplier(application({ syncPolicy: {} }))).to.equal(undefined);
    expect(argoApplier(application({ syncPolicy: { automated: {} } }, going))).to.equal(undefined);
    expect(fluxApplier("Kustomization", application({}))?.remedy).to.include("patch kustomization foresail -n argocd");
    expect(fluxApplier("Kustomization", application({ suspend: true }))).to.equal(undefined);
    expect(fluxApplier("HelmRelease", application({}, going))).to.equal(undefined);
    expect(helmApplier({ tool: "helm-release", namespace: "ns", name: "fs" }).remedy).to.include(
      "helm uninstall fs -n ns",
    );
  });
});
