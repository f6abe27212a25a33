import { globSync } from "node:fs";
import { join, relative } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { reportOf } from "../../src/cli/check/report-of.ts";
import { stateOfAll } from "../../src/cli/diff/state.ts";
import type { Manifest } from "../../src/cli/input/manifest.ts";
import { readManifests } from "../../src/cli/input/read-source.ts";
import { readSource } from "../../src/cli/input/source.ts";
import { admittedOf } from "../../src/cli/runs.ts";
import type { Catalogue, PriceTable } from "../../src/core/catalogue.ts";
import { compare } from "../../src/core/compare/compare.ts";
import { EMPTY_STATE } from "../../src/core/compare/state.ts";
import { costsOf } from "../../src/core/cost/cost.ts";
import type { Subject } from "../../src/core/report/report.ts";
import { packageRoot } from "../../src/package-root.ts";
import { undecided } from "../core/support/undecided.ts";
import { catalogue } from "../core/support/workspaces.ts";

/** A price as a line of a table, whatever a command calls its members. */
type Money = readonly [hourlyUsd: number, monthlyUsd: number, bound: string];

interface Said {
  readonly total: Money;
  /** Of each Workspace that something is bought for and that has a price. */
  readonly each: ReadonlyMap<string, Money>;
}

const root = packageRoot();
const files = ["test/cases", "examples"].flatMap((directory) =>
  globSync("**/*.yaml", { cwd: join(root, directory) }).map((file) => join(root, directory, file)),
);

/** The shipped catalogue with a spot price of every size: half of the one on demand. */
function withSpot(shipped: Catalogue): Catalogue {
  const halved = (prices: PriceTable["regions"]): PriceTable["regions"] =>
    Object.fromEntries(
      Object.entries(prices).map(([region, sizes]) => [
        region,
        Object.fromEntries(Object.entries(sizes).map(([name, usd]) => [name, usd / 2])),
      ]),
    );
  const releases = shipped.releases.map((release) => ({
    ...release,
    prices: release.prices.map((table) => ({ ...table, spotRegions: halved(table.regions) })),
  }));
  return { ...shipped, releases, current: releases.find(({ id }) => id === shipped.current.id) ?? shipped.current };
}

function objectsOf(file: string): readonly Manifest[] {
  try {
    return readManifests(readSource(file));
  } catch {
    return []; // Some cases are no YAML on purpose.
  }
}

/** Of several objects of one name the commands take different ones for it, each by its own rule. */
function isUnambiguous(manifests: readonly Manifest[]): boolean {
  const subjects = admittedOf(manifests, "default", catalogue).map(({ subject }) => keyOf(subject));
  return subjects.length > 0 && new Set(subjects).size === subjects.length;
}

function keyOf({ namespace, name }: Omit<Subject, "kind">): string {
  return `${namespace}/${name}`;
}

function saidByCost(manifests: readonly Manifest[], prices: Catalogue): Said {
  const runs = admittedOf(manifests, "default", prices).flatMap(({ run }) => run ?? []);
  const costs = costsOf(runs, prices, "2026-07-01");
  const { amount } = costs.total;
  const bought = costs.runs.filter(({ subject, provision }) => subject.kind === "Workspace" && provision);
  return {
    total: [amount.hourlyUsd, amount.monthlyUsd, amount.bound],
    each: new Map(
      bought.flatMap(({ subject, amount: one }) =>
        one === undefined ? [] : [[keyOf(subject), [one.hourlyUsd, one.monthlyUsd, one.bound]]],
      ),
    ),
  };
}

function saidByDiff(manifests: readonly Manifest[], prices: Catalogue): Said {
  const head = stateOfAll(manifests, "default");
  const { compared, summary } = compare({
    base: EMPTY_STATE,
    head,
    catalogue: prices,
    named: { base: "none", version: "0.0.0" },
  });
  const { hourlyUsd, monthlyUsd, bound } = summary.after;
  return {
    total: [hourlyUsd, monthlyUsd, bound],
    each: new Map(
      compared.flatMap(({ subject, after }) =>
        subject.kind !== "Workspace" || after?.cost === undefined
          ? []
          : [[keyOf(subject), [after.cost.hourlyUsd, after.cost.monthlyUsd, after.cost.bound]]],
      ),
    ),
  };
}

function saidByCheck(manifests: readonly Manifest[], prices: Catalogue): Said {
  const options = { namespace: "default", catalogue: prices, toolVersion: "0.0.0", decisions: undecided };
  const { workspaces, summary } = reportOf(manifests, options);
  return {
    total: [summary.hourlyPriceUsd, summary.monthlyPriceUsd, summary.priceBound],
    each: new Map(
      workspaces.flatMap((one): [string, Money][] => {
        const { hourlyPriceUsd, priceBound = "none" } = one.runs ?? {};
        if (hourlyPriceUsd === undefined) return [];
        return [[keyOf(one), [hourlyPriceUsd, Math.round(hourlyPriceUsd * 73_000) / 100, priceBound]]];
      }),
    ),
  };
}

describe("what a run costs", () => {
  const catalogues = [
    { name: "with the shipped prices", prices: catalogue },
    { name: "with spot prices", prices: withSpot(catalogue) },
  ];
  const cases = files
    .map((file) => ({ file: relative(root, file), manifests: objectsOf(file) }))
    .filter(({ manifests }) => isUnambiguous(manifests));

  for (const { name, prices } of catalogues) {
    it(`is the same in check, diff and cost, of every manifest of the tests and examples, ${name}`, () => {
      let bounded = 0;
      let priced = 0;
      for (const { file, manifests } of cases) {
        const said = saidByCost(manifests, prices);
        expect(saidByDiff(manifests, prices), `diff of ${file}`).to.deep.equal(said);
        expect(saidByCheck(manifests, prices), `check of ${file}`).to.deep.equal(said);
        priced += said.each.size;
        bounded += [...said.each.values()].filter(([, , bound]) => bound === "at-most").length;
      }
      expect(priced).to.be.greaterThan(150);
      expect(bounded).to.be.greaterThan(10);
    });
  }
});
