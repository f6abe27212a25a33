import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { parseAllDocuments } from "yaml";
import { packageRoot } from "../../../src/package-root.ts";
import { AUTHORITY_DAYS, SERVING_DAYS } from "../../../webhook/certificates.ts";
import { hostsOf } from "../../../webhook/main.ts";
import { mustKubectl } from "../support/cluster.ts";

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

describe("the manifests", () => {
  const build = async (path: string): Promise<readonly Manifest[]> => {
    const text = await mustKubectl(["kustomize", join(packageRoot(), "manifests", path)]);
    return parseAllDocuments(text).map((document) => document.toJS());
  };
  let base: readonly Manifest[];
  before(async () => {
    base = await build("base");
  });

  it("build, base and overlays", async () => {
    const names = base.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(names).to.include.members([
      "Namespace/foresail-system",
      "CustomResourceDefinition/workspaces.kaito.sh",
      "Deployment/foresail-webhook",
      "Deployment/foresail-reconciler",
      "MutatingWebhookConfiguration/foresail",
      "ValidatingWebhookConfiguration/foresail",
    ]);
    expect(names, "brought by Karpenter").to.not.include("CustomResourceDefinition/nodeclaims.karpenter.sh");
    for (const overlay of readdirSync(join(packageRoot(), "manifests/overlays"))) {
      expect(await build(`overlays/${overlay}`), overlay).to.not.be.empty;
    }
    expect(JSON.stringify(await build("overlays/aks")))
      .to.include("--provider=aks")
      .and.to.include("nodeclaims.karpenter.sh");
    expect(JSON.stringify(await build("overlays/karpenter"))).to.include("--node-class=");
    expect(JSON.stringify(await build("overlays/gpu-provisioner")))
      .to.include("--provider=gpu-provisioner")
      .and.to.include("provider: gpu-provisioner");
    expect(JSON.stringify(await build("overlays/byo")))
      .to.include("--provider=byo")
      .and.to.include("provision: false");
  });

  it("build, overlays with a node class, each named by the reconciler's flag", async () => {
    for (const example of ["azure", "aws", "kwok"]) {
      const built = await build(`overlays/karpenter-${example}`);
      const nodeClass = built.find(({ kind }) => kind.endsWith("NodeClass"));
      const { kind = "", apiVersion = "", metadata } = nodeClass ?? {};
      const flag = `--node-class=${apiVersion.split("/")[0]}/${kind}/${metadata?.name}`;
      expect(JSON.stringify(built), example).to.include(flag).and.to.include("--provider=karpenter");
    }
  });

  it("are taken by the API server, warnings included", async () => {
    const text = await mustKubectl(["kustomize", join(packageRoot(), "manifests/base")]);
    await mustKubectl([
      "apply",
      "--server-side",
      "--force-conflicts",
      "-f",
      join(packageRoot(), "manifests/namespace/namespace.yaml"),
    ]);
    await mustKubectl(
      ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "--warnings-as-errors", "-f", "-"],
      text,
    );
  });

  it("grant no wildcard, no list of Secrets, and by name what can be named", () => {
    const rules = base.flatMap(({ kind, metadata, rules }) =>
      (rules ?? []).map((rule) => ({ ...rule, role: `${kind}/${metadata.name}` })),
    );
    expect(rules).to.not.be.empty;
    for (const rule of rules) {
      expect([...rule.apiGroups, ...rule.resources, ...rule.verbs], rule.role).to.not.include("*");
      if (!rule.resources.includes("secrets")) continue;
      expect(rule.role).to.equal("Role/foresail-webhook");
      expect(rule.verbs).to.not.include.oneOf(["list", "watch", "delete"]);
      if (!rule.verbs.includes("create")) expect(rule.resourceNames).to.deep.equal(["foresail-webhook-certs"]);
    }
    const data = rules.filter(
      ({ resources, role }) => resources.includes("configmaps") && role.endsWith("/foresail-webhook"),
    );
    expect(
      data.map(({ role, verbs }) => ({ role, verbs })),
      "catalogue data",
    ).to.deep.equal([{ role: "Role/foresail-webhook", verbs: ["list", "watch"] }]);
    const configurations = rules.filter(({ resources }) =>
      resources.some((name) => name.endsWith("webhookconfigurations")),
    );
    for (const { resourceNames } of configurations) expect(resourceNames).to.deep.equal(["foresail"]);
  });

  describe("with cert-manager", () => {
    let overlay: readonly Overlaid[];
    before(async () => {
      overlay = (await build("overlays/cert-manager")) as readonly Overlaid[];
    });
    const find = (kind: string, name: string): Overlaid => {
      const found = overlay.find((one) => one.kind === kind && one.metadata.name === name);
      if (found === undefined) throw new Error(`the overlay has no ${kind} ${name}`);
      return found;
    };

    it("ask it for what the webhook reads: names, Secret, lives", () => {
      const { spec } = find("Certificate", "foresail-webhook");
      const args: readonly string[] = find("Deployment", "foresail-webhook").spec.template.spec.containers[0].args;
      expect(args).to.include.members(["--certificates=provided", `--secret-name=${spec.secretName}`]);
      expect(spec.dnsNames).to.deep.equal(
        hostsOf({ url: undefined, serviceName: "foresail-webhook", namespace: "foresail-system" }),
      );
      expect([hours(spec.duration), hours(spec.renewBefore)]).to.deep.equal([24 * SERVING_DAYS, 8 * SERVING_DAYS]);
      const authority = find("Certificate", "foresail-webhook-ca").spec;
      expect(hours(authority.duration)).to.equal(24 * AUTHORITY_DAYS);
      expect(find("Issuer", spec.issuerRef.name).spec.ca.secretName).to.equal(authority.secretName);
      expect(find("Issuer", authority.issuerRef.name).spec).to.deep.equal({ selfSigned: {} });
    });

    it("leave the CA of the configurations to the webhook alone", () => {
      expect(JSON.stringify(overlay)).to.not.include("cert-manager.io/inject-ca-from");
      for (const kind of ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]) {
        expect(JSON.stringify(find(kind, "foresail"))).to.not.include("caBundle");
      }
    });

    it("let the webhook write no Secret", () => {
      const rules = overlay
        .filter(({ metadata, kind }) => metadata.name === "foresail-webhook" && kind.endsWith("Role"))
        .flatMap(({ rules }) => rules ?? []);
      const ofSecrets = rules.filter(({ resources }) => resources.includes("secrets"));
      expect(ofSecrets.map(({ verbs, resourceNames }) => ({ verbs, resourceNames }))).to.deep.equal([
        { verbs: ["get"], resourceNames: ["foresail-webhook-certs"] },
      ]);
      expect(rules.filter(({ resources }) => resources.includes("configmaps"))).to.have.length(1);
    });
  });
});

interface Overlaid extends Manifest {
  // biome-ignore lint/suspicious/noExplicitAny: each kind has a shape of its own, and a missing member fails the test
  readonly spec: any;
}

function hours(duration: string): number {
  return Number(/^(\d+)h0m0s$/.exec(duration)?.[1]);
}
