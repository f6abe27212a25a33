import { fingerprint } from "../../../../src/core/report/fingerprint.ts";
import { ordered } from "../../../../src/core/report/order.ts";
import type { CheckedWorkspace, Finding, Report, Subject } from "../../../../src/core/report/report.ts";
import { summarised } from "../../../../src/core/report/summarised.ts";

export const phi: Subject = { kind: "Workspace", namespace: "models", name: "phi" };

type Stated = Partial<Finding> & Pick<Finding, "code">;

export function finding({ code, ...stated }: Stated): Finding {
  const { subject = phi, path = "resource.instanceType" } = stated;
  return {
    path,
    code,
    message: `${path} is wrong`,
    level: "error",
    subject,
    place: { file: "deploy/phi.yaml", line: 6, column: 3 },
    fingerprint: fingerprint(code, subject, path),
    ...stated,
  };
}

export function workspace(name: string, runs?: CheckedWorkspace["runs"]): CheckedWorkspace {
  const place = { file: `deploy/${name}.yaml`, line: 1, column: 1 };
  return { namespace: "models", name, place, ...(runs === undefined ? {} : { runs }) };
}

export const running = {
  preset: "phi-4",
  release: "2026.11.0",
  pinned: true,
  instanceType: "Standard_NC24ads_A100_v4",
  capacityTypes: ["on-demand"],
  nodeCount: 1,
  replicas: 2,
  nodes: 2,
  gpus: 2,
  maxModelLen: 16384,
  hourlyPriceUsd: 7.346,
  priceBound: "exact",
} as const;

export function report(findings: readonly Finding[], workspaces: readonly CheckedWorkspace[] = []): Report {
  return {
    schemaVersion: 1,
    tool: { name: "foresail", version: "0.1.0" },
    catalogue: { id: "2026.11.0", pricesAsOf: "2026-06-18" },
    workspaces,
    findings: ordered(findings),
    summary: summarised(workspaces, [], findings),
  };
}

/** One of everything a finding can carry. */
export const sample: Report = report(
  [
    finding({
      code: "preset/unknown",
      path: "inference.preset.name",
      message: 'inference.preset.name "phi-44" is not in catalogue 2026.11.0: did you mean phi-4?',
      place: { file: "deploy/phi.yaml", line: 10, column: 5 },
      fix: {
        describes: "use phi-4",
        edits: [{ file: "deploy/phi.yaml", line: 10, endLine: 10, text: "    name: phi-4  # reviewed" }],
      },
    }),
    finding({
      code: "field/ignored",
      level: "warning",
      path: "resource.preferredNodes",
      place: { file: "deploy/phi.yaml", line: 7, column: 3 },
      fix: { describes: "remove it", edits: [{ file: "deploy/phi.yaml", line: 7, endLine: 9, text: "" }] },
    }),
    finding({
      code: "instance-type/retired",
      level: "warning",
      waiver: { by: "annotation", reason: "moves in January", until: "2027-01-31" },
    }),
  ],
  [workspace("phi"), workspace("qwen", running)],
);
