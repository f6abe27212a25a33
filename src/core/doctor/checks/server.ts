import type { Facts } from "../facts.ts";
import { type Finding, ok, problem, warning } from "../finding.ts";
import { known } from "../reading.ts";

// matchConditions of webhooks, ValidatingAdmissionPolicy in v1 and optional fields in CEL: all are there from 1.30 on.
const LEAST_MINOR = 30;

export function server({ serverVersion }: Facts): readonly Finding[] {
  const version = known(serverVersion);
  if (version === undefined) return [];
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) {
    const next = `see that it is Kubernetes 1.${LEAST_MINOR} or later: kubectl version`;
    return [warning("server/version", `the API server calls itself ${JSON.stringify(version)}`, next)];
  }
  const isNew = Number(major) > 1 || Number(minor) >= LEAST_MINOR;
  if (isNew) return [ok("server/version", `Kubernetes ${version}`)];
  const next = `upgrade the cluster to Kubernetes 1.${LEAST_MINOR} or later`;
  return [problem("server/version", `Kubernetes ${version} is too old`, next)];
}
