import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { amountOf } from "../../../src/core/cost/amount.ts";
import { fingerprint } from "../../../src/core/report/fingerprint.ts";
import { ordered } from "../../../src/core/report/order.ts";
import { summarised } from "../../../src/core/report/summarised.ts";
import { hostileReport } from "./support/hostile.ts";
import { finding, phi, running, workspace } from "./support/sample.ts";

describe("findings of a report", () => {
  it("stand in the order of files, lines, columns and codes, bytewise", () => {
    const at = (file: string, line: number, column: number, code: "name/digit" | "preset/unknown" = "name/digit") =>
      finding({ code, place: { file, line, column } });
    const right = [
      at("B.yaml", 9, 1),
      at("a.yaml", 2, 1),
      at("a.yaml", 2, 3, "name/digit"),
      at("a.yaml", 2, 3, "preset/unknown"),
      at("a.yaml", 10, 1),
      at("ä.yaml", 1, 1),
      at("\uffee.yaml", 1, 1),
      at("🚢.yaml", 1, 1),
    ];
    expect(ordered(right.toReversed())).to.deep.equal(right);
  });

  it("stand in one order however they were found", () => {
    fc.assert(
      fc.property(hostileReport, fc.infiniteStream(fc.integer()), ({ findings }, order) => {
        const shuffled = findings.map((one) => ({ one, at: order.next().value })).sort((a, b) => a.at - b.at);
        const again = ordered(shuffled.map(({ one }) => one));
        expect(again.map(({ place, code, path, message }) => [place, code, path, message])).to.deep.equal(
          findings.map(({ place, code, path, message }) => [place, code, path, message]),
        );
      }),
    );
  });

  it("are known by rule, object and field, each of which counts", () => {
    const prints = [
      fingerprint("name/digit", phi, "metadata.name"),
      fingerprint("name/invalid", phi, "metadata.name"),
      fingerprint("name/digit", { ...phi, kind: "Deployment" }, "metadata.name"),
      fingerprint("name/digit", { ...phi, namespace: "other" }, "metadata.name"),
      fingerprint("name/digit", { ...phi, name: "qwen" }, "metadata.name"),
      fingerprint("name/digit", phi, "metadata"),
      fingerprint("name/digit", undefined, "metadata.name"),
    ];
    expect(new Set(prints).size).to.equal(prints.length);
    // Baselines and code scanning keep it: it never changes.
    expect(prints[0]).to.equal("f9292a830c28553fc9c085d17236176a");
  });

  it("count as errors and warnings unless they are waived", () => {
    const waiver = { by: "baseline", reason: "before" } as const;
    const findings = [
      finding({ code: "preset/unknown" }),
      finding({ code: "preset/unknown", waiver }),
      finding({ code: "name/digit", level: "warning" }),
      finding({ code: "name/digit", level: "warning", waiver }),
    ];
    const templates = [{}, { amount: amountOf(1, "at-most") }, {}];
    expect(summarised([workspace("a", running), workspace("b")], templates, findings)).to.deep.equal({
      workspaces: 2,
      presetTemplates: 3,
      errors: 1,
      warnings: 1,
      waived: 2,
      hourlyPriceUsd: 8.346,
      monthlyPriceUsd: 6092.58,
      priceBound: "at-most",
    });
  });
});
