import { expect } from "chai";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { asStored } from "../../src/cli/stored.ts";
import { readConfig } from "../../src/core/children/user-config.ts";
import type { Issue } from "../../src/core/issue.ts";
import { isObject, type Json, type JsonObject } from "../../src/core/json.ts";
import { presetPodIssues } from "../../src/core/preset-pod/admit-pod.ts";
import { type Area, areas, exampleBases } from "../../src/core/rules.ts";
import { derived, LLAMA } from "./derive/support.ts";
import { cases as casesOfObjects } from "./rules/cases.ts";
import { foundIn, repositoryCases } from "./rules/repository-cases.ts";
import { catalogue } from "./support/workspaces.ts";

const serving = parse(exampleBases.serving) as JsonObject;
const tuning = parse(exampleBases.tuning) as JsonObject;
const pod = parse(exampleBases.pod) as JsonObject;

/** A JSON merge patch (RFC 7386): null removes a member. */
function merged(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: { [key: string]: Json } = isObject(target) ? { ...(target as { [key: string]: Json }) } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value as Json);
  }
  return result;
}

type Said = Pick<Issue, "code" | "level">;
const cases: { readonly [code: string]: (() => readonly Said[]) | undefined } = {
  ...casesOfObjects,
  ...repositoryCases,
};

/** Everything said of an example, by the code that says it in the product. */
function said(area: Area, example: string): readonly Said[] {
  const patch = parse(example) as Json;
  switch (area.examplesOf) {
    case "serving":
      return asStored(merged(serving, patch) as JsonObject, "models", catalogue).issues;
    case "repository":
      return foundIn([merged(serving, patch) as JsonObject]);
    case "tuning":
      return asStored(merged(tuning, patch) as JsonObject, "models", catalogue).issues;
    case "pod":
      return admittedPod(merged(pod, patch) as JsonObject);
    case "inference_config.yaml":
      return saidOfSettings(example);
    case "config.json":
      return derived(merged(LLAMA, patch)).issues;
  }
}

function admittedPod(object: JsonObject): readonly Issue[] {
  return presetPodIssues(object, "models", catalogue);
}

function saidOfSettings(text: string): readonly Issue[] {
  const { workspace } = asStored(merged(serving, { inference: { config: "mine" } }) as JsonObject, "models", catalogue);
  if (workspace === undefined) throw new Error("the Workspace the settings are for is refused");
  const config = readConfig(workspace, { data: { "inference_config.yaml": text } }, catalogue);
  return config.kind === "ok" ? config.notes : config.kind === "conflict" ? config.issues : [];
}

describe("rules", () => {
  for (const area of areas) {
    describe(area.title, () => {
      for (const [code, rule] of Object.entries(area.rules)) {
        it(`${code}: ${rule.example ?? rule.when}`, () => {
          const issues = rule.example === undefined ? cases[code]?.() : said(area, rule.example);
          const levels = issues?.filter((issue) => issue.code === code).map(({ level }) => level);
          expect(levels, `${issues?.map((issue) => issue.code).join(", ")}`).to.not.be.oneOf([undefined, []]);
          expect(levels).to.not.have.lengthOf(0);
          if (rule.level !== "either") expect(new Set(levels)).to.deep.equal(new Set([rule.level]));
        });
      }
    });
  }

  it("are each told once, by an example or in words, and end in a full stop", () => {
    const all = areas.flatMap(({ rules }) => Object.entries(rules));
    expect(new Set(all.map(([code]) => code)).size).to.equal(all.length);
    for (const [code, { example, when, means, remedy }] of all) {
      expect((example === undefined) !== (when === undefined), code).to.equal(true);
      expect(means, code).to.match(/\.$/);
      expect(remedy, code).to.match(/\.$/);
    }
    const inWords = all.filter(([, { when }]) => when !== undefined).map(([code]) => code);
    expect(Object.keys(cases).sort()).to.deep.equal(inWords.sort());
  });

  it("start from objects nothing is said of", () => {
    for (const object of [serving, tuning]) expect(asStored(object, "models", catalogue).issues).to.deep.equal([]);
    expect(admittedPod(pod)).to.deep.equal([]);
    expect(saidOfSettings("vllm: {}")).to.deep.equal([]);
  });
});
