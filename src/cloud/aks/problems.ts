import { endpointOf } from "./endpoint.ts";
import { identityOf } from "./identity.ts";
import type { AksOptions, AksSurroundings } from "./options.ts";
import { tagProblems } from "./stamp.ts";

/** All that is wrong with the options in this environment, each as half a sentence; empty if they can be used. */
export function aksProblems(options: AksOptions, environment: AksSurroundings["environment"]): readonly string[] {
  const endpoint = endpointOf(options, environment);
  // At a loopback address nobody signs in.
  const signs = typeof endpoint === "string" || !endpoint.unsigned;
  const identity = signs ? identityOf(options, environment) : undefined;
  const given = Object.entries(PATTERNS).map(([name, [pattern, expected]]) => {
    const value = options[name as keyof typeof PATTERNS];
    return value === undefined || pattern.test(String(value)) ? undefined : `${name} ${value}: expected ${expected}`;
  });
  return [endpoint, identity, ...given, ...tagProblems(options.tags)].filter((one) => typeof one === "string");
}

const armId = (type: string): readonly [RegExp, string] => [
  new RegExp(`^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/${type}$`, "i"),
  `an ARM id /subscriptions/.../${type.replaceAll("[^/]+", "<name>")}`,
];
const SUBNET = armId("Microsoft.Network/virtualNetworks/[^/]+/subnets/[^/]+");

/** The SDK checks none of these, and would put them into addresses as they are. */
const PATTERNS = {
  subscriptionId: [/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i, "a UUID"],
  resourceGroup: [/^[\w().-]{0,89}[\w()-]$/, "a resource group: 1 to 90 letters, digits, _ ( ) . -"],
  clusterName: [/^[A-Za-z0-9]([\w-]{0,61}[A-Za-z0-9])?$/, "the name of an AKS cluster: 1 to 63 letters, digits, - _"],
  region: [/^[a-z][a-z0-9]+$/, "a region as Azure writes it, such as eastus"],
  clusterIdentity: [/^[\w.:/-]{1,256}$/, "1 to 256 letters, digits, - _ . : /"],
  osDiskType: [/^(Managed|Ephemeral)$/, "Managed or Ephemeral"],
  gpuDriver: [/^(Install|None)$/, "Install or None"],
  subnetId: SUBNET,
  podSubnetId: SUBNET,
  capacityReservationGroupId: armId("Microsoft.Compute/capacityReservationGroups/[^/]+"),
  identityResourceId: armId("Microsoft.ManagedIdentity/userAssignedIdentities/[^/]+"),
  maxPods: [/^(1\d|[2-9]\d|1\d\d|2[0-4]\d|250)$/, "10 to 250"],
  parallelWrites: [/^[1-9]\d?$/, "1 to 99"],
  maxPools: [/^[1-9]\d{0,2}$/, "1 to 999"],
} as const satisfies { readonly [K in keyof AksOptions]?: readonly [RegExp, string] };
