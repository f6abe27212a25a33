import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { expect } from "chai";
import { describe, it } from "mocha";
import { diagnose } from "../../../src/core/doctor/diagnose.ts";
import type { Finding } from "../../../src/core/doctor/finding.ts";
import { read } from "../../../src/core/doctor/reading.ts";
import { doctorJson, doctorReport, doctorText } from "../../../src/core/doctor/report.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { deployment, HEALTHY, KARPENTER, WEBHOOK } from "./facts.ts";

const OF = { version: "0.0.0", server: "https://127.0.0.1:6443", context: "dev" };
const KAITO = deployment("kaito-workspace", { namespace: "kaito", labels: { "app.kubernetes.io/name": "workspace" } });
const MIXED = diagnose({
  ...HEALTHY,
  deployments: read([WEBHOOK, KARPENTER, KAITO]),
  storageClasses: { kind: "forbidden", message: 'storageclasses.storage.k8s.io is forbidden: User "a"' },
  probe: { kind: "failed", message: "GET /: no answer" },
});

/** `UPDATE_GOLDEN=1 make test-fast` writes what is printed instead of comparing it. */
function expectGolden(name: string, text: string): void {
  const file = join(packageRoot(), "test/cases/doctor", name);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  expect(text).to.equal(readFileSync(file, "utf8"));
}

describe("what doctor prints", () => {
  it("is, as text, the worst first with its next step, and the sums", () => {
    expectGolden("out.txt", doctorText(doctorReport(MIXED, OF)));
  });

  it("is, as JSON, what its published schema says", () => {
    const text = doctorJson(doctorReport(MIXED, OF));
    expectGolden("out.json", text);
    const schema = JSON.parse(readFileSync(join(packageRoot(), "schemas/doctor.schema.json"), "utf8"));
    const validate = new Ajv({ strict: true, strictTypes: false }).compile(schema);
    expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).to.equal(true);
    expect(validate({ ...JSON.parse(text), findings: [{ id: "no/such", level: "ok", seen: "" }] })).to.equal(false);
  });

  it("has, where it was asked, what taking over means for each Workspace", () => {
    const refused = [{ path: "inference", code: "preset/unknown", message: "no\u001b such", level: "error" } as const];
    const one = { namespace: "a", name: "b", runs: "StatefulSet", changes: ["image: x → y"], refused, warnings: [] };
    const report = { ...doctorReport([], OF), takeOver: [{ ...one, adoption: "not before it is mended" as const }] };
    const text = doctorText(report);
    expect(text).to.contain("a/b: StatefulSet runs on as it is").and.to.contain("1 must be mended");
    const json = doctorJson(report);
    expect(text + json).not.to.contain("\u001b");
    const schema = JSON.parse(readFileSync(join(packageRoot(), "schemas/doctor.schema.json"), "utf8"));
    const validate = new Ajv({ strict: true, strictTypes: false }).compile(schema);
    expect(validate(JSON.parse(json)), JSON.stringify(validate.errors)).to.equal(true);
    expect(JSON.parse(json).takeOver[0].refused[0]).to.have.all.keys("path", "code", "message");
    expect(JSON.parse(doctorJson(doctorReport([], OF)))).not.to.have.property("takeOver");
  });

  it("is harmless whatever the cluster is called", () => {
    const hostile = "a\u001b[2Jb\n##vso[task.setvariable]\u202e";
    const finding: Finding = { id: "kaito/controller", level: "problem", seen: hostile, next: hostile };
    for (const text of [doctorText(doctorReport([finding], OF)), doctorJson(doctorReport([finding], OF))]) {
      for (const part of ["\u001b", "\u202e", "##vso["]) expect(text).not.to.contain(part);
    }
  });
});
