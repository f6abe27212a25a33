import { byCodePoint } from "../../json.ts";
import type { Facts, GpuSize } from "../facts.ts";
import { type Finding, note, ok, problem } from "../finding.ts";
import { known } from "../reading.ts";

const ROLE = "give the identity the role of manifests/aks/role.json on the cluster (docs/aks.md)";
const READ_QUOTAS = "give the identity the role of manifests/aks/role-quotas.json on the subscription (docs/aks.md)";
const ASK = "ask for more cores of one of these families: az quota, or Azure portal → Quotas → Compute";
const SHOWN_SIZES = 8;

/** What the identity may do, and what is left of its quotas. */
export function cloud({ cloud: facts, gpuSizes }: Facts): readonly Finding[] {
  if (facts === undefined) return [];
  return [...machines(facts.machines), ...quota(facts.quotas, gpuSizes)];
}

type CloudFacts = NonNullable<Facts["cloud"]>;

function machines(reading: CloudFacts["machines"]): readonly Finding[] {
  const id = "cloud/machines";
  switch (reading.kind) {
    case "read":
      return [ok(id, `the identity may read the cluster's agent pools: ${reading.value}`)];
    case "forbidden":
      return [problem(id, `the identity may not read the cluster's agent pools: ${reading.message}`, ROLE)];
    case "failed":
      return [
        problem(id, reading.message, `see the names given for the cluster, and who signs in (docs/aks.md); ${ROLE}`),
      ];
    case "unserved":
      return [];
  }
}

function quota(reading: CloudFacts["quotas"], sizes: readonly GpuSize[]): readonly Finding[] {
  const id = "cloud/quota";
  const quotas = known(reading);
  if (quotas === undefined || quotas.size === 0) {
    const why = reading.kind === "forbidden" || reading.kind === "failed" ? `: ${reading.message}` : "";
    return [note(id, `quotas of cores cannot be read${why}`, READ_QUOTAS)];
  }
  const offered = sizes.flatMap(({ name, vcpus }) => {
    const found = quotas.get(name);
    return found === undefined ? [] : [{ name, nodes: Math.floor((found.limitCores - found.usedCores) / vcpus) }];
  });
  const fitting = offered.filter(({ nodes }) => nodes > 0).sort((a, b) => byCodePoint(a.name, b.name));
  if (fitting.length === 0) {
    return [problem(id, `no size with GPUs of the catalogue has a node's worth of cores left in this region`, ASK)];
  }
  const more = fitting.length - SHOWN_SIZES;
  const words = fitting
    .slice(0, SHOWN_SIZES)
    .map(({ name, nodes }) => `${name} (${nodes === 1 ? "1 node" : `${nodes} nodes`})`);
  return [
    note(id, `room for ${words.join(", ")}${more > 0 ? ` and ${more} more sizes` : ""}; sizes of one family share it`),
  ];
}
