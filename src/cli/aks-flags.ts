import { type AksOptions, createAks } from "../cloud/aks/aks.ts";
import { aksProblems } from "../cloud/aks/problems.ts";
import type { CloudFactory } from "../cloud/cloud.ts";
import { defined } from "../core/defined.ts";
import { systemClock } from "../kube/clock.ts";
import { defaultOf, flagName, type Option, type Options, type Values } from "../option.ts";
import { packageVersion } from "../package-root.ts";

/** Options of the provider aks; without it none of them means anything. */
export const aksFlags = {
  subscription: { kind: "text", help: "aks: subscription of the cluster, a UUID" },
  resourceGroup: { kind: "text", help: "aks: resource group of the cluster" },
  clusterName: { kind: "text", help: "aks: name of the cluster" },
  region: { kind: "text", help: "aks: region of the cluster as Azure writes it, such as eastus" },
  nodeSubnet: { kind: "text", help: "aks: ARM id of the subnet of nodes; absent: the cluster's" },
  podSubnet: { kind: "text", help: "aks: ARM id of the subnet of pods" },
  maxPods: { kind: "integer", help: "aks: most pods of a node; absent: AKS decides" },
  osDiskType: {
    kind: "choice",
    choices: ["auto", "Managed", "Ephemeral"],
    default: "auto",
    help: "aks: auto: AKS decides",
  },
  gpuDriver: {
    kind: "choice",
    choices: ["auto", "Install", "None"],
    default: "auto",
    help: "aks: None where a GPU operator brings the driver; auto: AKS installs it",
  },
  capacityReservationGroup: { kind: "text", help: "aks: ARM id; needed for capacity type reserved" },
  upgradeInPlace: { kind: "switch", default: false, help: "aks: an upgrade brings no second GPU node" },
  tag: { kind: "list", help: "aks: NAME=VALUE on each agent pool, beside our own" },
  azureCloud: {
    kind: "choice",
    choices: ["public", "us-government", "china"],
    default: "public",
    help: "aks: which Azure",
  },
  armEndpoint: { kind: "text", help: "aks: another ARM, https, or http at a loopback address, where nobody signs in" },
  authorityHost: { kind: "text", help: "aks: another sign-in authority, with another ARM" },
  tokenScope: { kind: "text", help: "aks: what the token is for, with another ARM" },
  azureIdentity: {
    kind: "choice",
    choices: ["auto", "workload-identity", "service-principal", "managed-identity"],
    default: "auto",
    help: "aks: who signs in; auto: what the environment provides",
  },
  azureClientId: { kind: "text", help: "aks: client id of the identity; absent: AZURE_CLIENT_ID" },
  azureTenantId: { kind: "text", help: "aks: tenant of the identity; absent: AZURE_TENANT_ID" },
  azureIdentityResourceId: { kind: "text", help: "aks: managed identity by ARM id" },
} as const satisfies Options;

const REQUIRED = ["subscription", "resourceGroup", "clusterName", "region"] as const;

type AksValues = Values<typeof aksFlags>;

/**
 * Makes the cloud of the cluster whose identity (stamped on each pool) is given.
 * @returns or what is wrong with the options or the environment, all of it
 */
export function aksCloud(values: AksValues): CloudFactory | string {
  const missing = REQUIRED.filter((name) => values[name] === undefined).map((name) => `--${flagName(name)}`);
  if (missing.length > 0) return `--provider aks needs ${missing.join(", ")}`;
  const unnamed = values.tag.filter((tag) => !/^[^=]+=/.test(tag));
  if (unnamed.length > 0)
    return `--tag must be NAME=VALUE, given ${unnamed.map((tag) => JSON.stringify(tag)).join(", ")}`;
  const options = (clusterIdentity: string): AksOptions => ({ ...optionsOf(values), clusterIdentity });
  const problems = aksProblems(options("unknown"), process.env);
  if (problems.length > 0) return `--provider aks: ${problems.join("; ")}`;
  const surroundings = { clock: systemClock, environment: process.env, userAgent: `foresail/${packageVersion()}` };
  return (clusterIdentity, leftOut) => createAks(options(clusterIdentity), { ...surroundings, leftOut });
}

/** The flags by which another process gets these options: those that differ from what holds without them. */
export function aksArguments(values: AksValues): readonly string[] {
  const flags = Object.entries(aksFlags) as readonly (readonly [keyof AksValues, Option])[];
  return flags.flatMap(([name, option]) => {
    const value: unknown = values[name];
    if (value === undefined || value === defaultOf(option)) return [];
    const flag = `--${flagName(name)}`;
    return Array.isArray(value) ? value.map((one) => `${flag}=${one}`) : [`${flag}=${String(value)}`];
  });
}

/** What of an environment says who signs in to Azure, for a process that gets nothing else of it. */
export function azureEnvironment(environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const named = Object.entries(environment).filter(([name]) => /^(AZURE|IDENTITY|MSI)_/.test(name));
  return Object.fromEntries(named.map(([name, value]) => [name, value ?? ""]));
}

function optionsOf(values: AksValues): Omit<AksOptions, "clusterIdentity"> {
  const tags = Object.fromEntries(
    values.tag.map((tag) => [tag.slice(0, tag.indexOf("=")), tag.slice(tag.indexOf("=") + 1)] as const),
  );
  return {
    subscriptionId: values.subscription ?? "",
    resourceGroup: values.resourceGroup ?? "",
    clusterName: values.clusterName ?? "",
    region: values.region ?? "",
    azureCloud: values.azureCloud,
    identity: values.azureIdentity,
    upgradeInPlace: values.upgradeInPlace,
    tags,
    ...(values.osDiskType === "auto" ? {} : { osDiskType: values.osDiskType }),
    ...(values.gpuDriver === "auto" ? {} : { gpuDriver: values.gpuDriver }),
    ...defined({
      armEndpoint: values.armEndpoint,
      authorityHost: values.authorityHost,
      tokenScope: values.tokenScope,
      clientId: values.azureClientId,
      tenantId: values.azureTenantId,
      identityResourceId: values.azureIdentityResourceId,
      subnetId: values.nodeSubnet,
      podSubnetId: values.podSubnet,
      maxPods: values.maxPods,
      capacityReservationGroupId: values.capacityReservationGroup,
    }),
  };
}
