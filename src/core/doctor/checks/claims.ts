import { objectsAt, textAt } from "../../capacity/fields.ts";
import { byCodePoint } from "../../json.ts";
import type { Facts } from "../facts.ts";
import { type Finding, note, ok, problem, warning } from "../finding.ts";
import { providerOf, running } from "../parts.ts";
import { known } from "../reading.ts";

const NAME = "CustomResourceDefinition nodeclaims.karpenter.sh";
const VERSION = "v1";
const INSTALL =
  "install Karpenter (docs/providers.md), or where Foresail makes the nodes: kubectl apply --server-side -k manifests/crds/nodeclaims";

/** The Kind by which nodes are asked for. */
export function claimDefinition(facts: Facts): readonly Finding[] {
  if (facts.claimDefinition?.kind !== "read") return [];
  const found = known(facts.claimDefinition);
  const provider = providerOf(facts);
  if (found === undefined) {
    if (provider === "byo")
      return [note("nodes/claim-definition", `there is no ${NAME}, and none is needed: nodes are your own`)];
    if (provider !== undefined) return [problem("nodes/claim-definition", `there is no ${NAME}`, INSTALL)];
    return [note("nodes/claim-definition", `there is no ${NAME}: no node can be bought`, INSTALL)];
  }
  const versions = objectsAt(found, "spec", "versions").filter((one) => one["served"] === true);
  const names = versions.flatMap((one) => textAt(one, "name") ?? []).sort(byCodePoint);
  if (names.includes(VERSION)) return [ok("nodes/claim-definition", `${NAME} serves ${names.join(", ")}`)];
  const seen = `${NAME} serves ${names.join(", ") || "no version"}, and not ${VERSION}`;
  return [problem("nodes/claim-definition", seen, "upgrade Karpenter to 1.0 or later")];
}

/** Who acts on claims. */
export function claimServer(facts: Facts): readonly Finding[] {
  const deployments = known(facts.deployments);
  if (deployments === undefined) return [];
  const provider = providerOf(facts);
  const karpenter = running(deployments, "karpenter");
  const gpuProvisioner = running(deployments, "gpu-provisioner");
  return [
    ...serving(provider, karpenter, gpuProvisioner),
    ...(provider === "gpu-provisioner" || gpuProvisioner.length === 0 ? [] : [beside(gpuProvisioner)]),
  ];
}

function serving(
  provider: ReturnType<typeof providerOf>,
  karpenter: readonly string[],
  gpuProvisioner: readonly string[],
): readonly Finding[] {
  const id = "nodes/claim-server";
  switch (provider) {
    case "byo":
      return [ok(id, "nobody has to: nodes are your own")];
    case "aks":
      return [ok(id, "Foresail's reconciler serves its claims as agent pools of AKS")];
    case "gpu-provisioner": {
      if (gpuProvisioner.length > 0)
        return [ok(id, `gpu-provisioner serves claims: Deployment ${gpuProvisioner.join(", ")}`)];
      const next = "start gpu-provisioner, or give the reconciler another --provider (docs/providers.md)";
      return [problem(id, "the provider is gpu-provisioner, and none runs: no claim gets a node", next)];
    }
    case "karpenter": {
      if (karpenter.length > 0) return [ok(id, `Karpenter serves claims: Deployment ${karpenter.join(", ")}`)];
      const seen = "the provider is karpenter, and no Deployment of Karpenter's is seen";
      return [
        warning(id, seen, "install Karpenter (docs/providers.md), unless the cloud runs it outside of the cluster"),
      ];
    }
    default: {
      const all = [...karpenter, ...gpuProvisioner];
      if (all.length > 0) return [ok(id, `there is a controller of NodeClaims: Deployment ${all.join(", ")}`)];
      const next = "say who makes nodes with --provider (docs/providers.md)";
      return [note(id, "no controller of NodeClaims is seen", next)];
    }
  }
}

function beside(gpuProvisioner: readonly string[]): Finding {
  const seen = `gpu-provisioner runs: Deployment ${gpuProvisioner.join(", ")}; it serves claims with labels of KAITO's, which those of Foresail do not carry`;
  return note("nodes/gpu-provisioner", seen, "nothing to do; once KAITO is gone it can go, too");
}
