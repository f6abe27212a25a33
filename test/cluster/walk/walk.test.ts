import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { type ControlPlane, startControlPlane } from "../../../src/local/control-plane.ts";
import { prepareTools } from "../../../src/local/tools.ts";
import { helmProgram } from "../../chart/helm.ts";
import { pages } from "../../docs/support/pages.ts";
import { type Step, stepsOf } from "../../docs/support/steps.ts";
import { describeWith } from "../support/cluster.ts";
import { CLUSTER_INSTANCE_TYPES } from "../support/instance-types.ts";
import { cleanMachine, type Machine } from "./machine.ts";
import { WALKED } from "./preparations.ts";
import { EXCEPTIONS } from "./tables.ts";
import { expectAsShown, startWalk, type Walk } from "./walk.ts";

// npm ci takes ten seconds from npm's cache on an idle machine; a loaded one, or one that fetches, gets many times that. A
// cold build of Helm compiles a thousand packages.
const STEP_TIMEOUT_MS = 300_000;
const BUILD_TIMEOUT_MS = 900_000;

const steps = new Map<string, readonly Step[]>(pages.map((page) => [page.path, stepsOf(page)]));
const commandNames = (path: string): readonly string[] =>
  (steps.get(path) ?? []).flatMap((step) => (step.kind === "command" ? [step.name] : []));

describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "a newcomer's walk", function () {
  this.timeout(STEP_TIMEOUT_MS);
  let own: ControlPlane | undefined;
  let machine: Machine | undefined;

  // What other tests leave in the cluster of their lane is nothing that a newcomer has.
  before(async function () {
    this.timeout(BUILD_TIMEOUT_MS);
    const answer = await prepareTools();
    if (answer.kind === "unavailable") throw new Error(answer.reason);
    const helm = await helmProgram();
    if ("reason" in helm) throw new Error(helm.reason);
    own = await startControlPlane({ tools: answer.tools, instanceTypes: CLUSTER_INSTANCE_TYPES });
    const programs = { kubectl: own.kubectlPath, helm: helm.path };
    machine = cleanMachine(programs, readFileSync(own.kubeconfig, "utf8"));
  });
  after(async () => {
    await own?.stop();
    machine?.remove();
  });

  for (const { path, folder, ...page } of WALKED) {
    describe(path, () => {
      let walk: Walk;
      before(async () => {
        if (machine === undefined || own === undefined) throw new Error("there is no machine to walk on");
        walk = startWalk(machine, own, folder(machine));
        await page.prepare(walk);
      });
      after(() => walk?.abandon());

      for (const step of steps.get(path) ?? []) {
        if (step.kind === "save") {
          it(`${step.where} save ${step.name}`, () => writeFileSync(join(walk.folder, step.name), step.text));
          continue;
        }
        const exception = EXCEPTIONS[step.name];
        if (exception !== undefined && exception.instead === undefined) continue;
        it(`${step.where} ${step.name}`, async () => {
          await page.before[step.name]?.(walk);
          const ended = await walk.type(exception?.instead ?? step.line);
          expectAsShown(step, ended);
          await page.after[step.name]?.(walk, ended);
        });
      }

      it("ends by Ctrl-C, and leaves no temporary file", async () => {
        await page.finish(walk);
        await walk.leave();
        expect(walk.machine.leftovers()).to.deep.equal([]);
      });
    });
  }
});

describe("what the walk knows beside the pages", () => {
  const all = WALKED.flatMap(({ path }) => commandNames(path));

  it("is of commands that a page has: those that are not run as they stand", () => {
    expect(Object.keys(EXCEPTIONS).filter((name) => !all.includes(name))).to.deep.equal([]);
  });

  for (const { path, before: prepared, after: promised } of WALKED) {
    it(`is of commands that ${path} has`, () => {
      const known = [...Object.keys(prepared), ...Object.keys(promised)];
      expect(known.filter((name) => !commandNames(path).includes(name))).to.deep.equal([]);
    });
  }
});
