import { expect } from "chai";
import { describe, it } from "mocha";
import { createRules } from "./create-rules.ts";
import { itAnswers, title } from "./judge.ts";
import { settingsRules } from "./settings-rules.ts";
import { updateRules } from "./update-rules.ts";
import { v1alpha1Rules } from "./v1alpha1-rules.ts";

describe("KAITO's validation rules", () => {
  const all = [...createRules, ...settingsRules, ...updateRules, ...v1alpha1Rules];
  itAnswers(all);

  it("are all in the table, those that do not apply with the reason", () => {
    const numbers = (letter: string, most: number): readonly string[] =>
      Array.from({ length: most }, (_, i) => `${letter}${i + 1}`);
    const known = new Set(all.map(({ id }) => id.replace(/[a-z]$/, "")));
    const wanted = [...numbers("W", 50), ...numbers("T", 15), ...numbers("U", 18), ...numbers("A", 15)];
    expect(wanted.filter((id) => !known.has(id))).to.deep.equal([]);
    for (const row of all) if ("notApplicable" in row) expect(title(row).length).to.be.greaterThan(20);
  });
});
