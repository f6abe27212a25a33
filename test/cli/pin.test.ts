import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { packageRoot } from "../../src/package-root.ts";
import { NEXT_RELEASE, nextPackage } from "../cluster/gitops/support/next-release.ts";
import { expectGolden } from "./support/golden.ts";
import { foresailHere } from "./support/here.ts";
import { foresail } from "./support/program.ts";

const cases = join(packageRoot(), "test/cases/pin");
const RELEASE = "2026.11.0";
const UTF8 = { PATH: process.env["PATH"], LANG: "C.UTF-8" };
const PHI = `apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata:
  name: phi # its name
resource: {instanceType: Standard_NC24ads_A100_v4, labelSelector: {matchLabels: {apps: phi}}}
inference: {preset: {name: phi-4}}
`;
const PINNED = PHI.replace("name\n", `name\n  annotations:\n    foresail.dev/catalog: ${RELEASE}\n`);

const PODS = `apiVersion: apps/v1
kind: Deployment
metadata: {name: pods}
spec:
  template:
    metadata:
      labels: {foresail.dev/preset: phi-4}
      annotations: {foresail.dev/catalog: ${RELEASE}} # the release
    spec: {schedulingGates: [{name: foresail.dev/expand}], containers: [{name: model, image: auto}]}
`;

interface Case {
  readonly args: readonly string[];
  readonly code: number;
}

describe("foresail pin", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-pin-"));
  });
  after(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  for (const name of readdirSync(cases)) {
    it(`pins ${name} as it did: the diff, and the file that git makes of it`, async () => {
      const from = join(cases, name);
      const cwd = mkdtempSync(join(folder, "case-"));
      cpSync(join(from, "in.yaml"), join(cwd, "in.yaml"));
      const { args, code }: Case = JSON.parse(readFileSync(join(from, "args.json"), "utf8"));
      const dry = await foresailHere(["pin", "in.yaml", "--diff", ...args], { cwd, env: UTF8 });
      expectGolden(join(from, "out.diff"), dry.stdout);
      expectGolden(join(from, "stderr.txt"), dry.stderr);
      expect(readFileSync(join(cwd, "in.yaml"), "utf8")).to.equal(readFileSync(join(from, "in.yaml"), "utf8"));
      cpSync(join(cwd, "in.yaml"), join(cwd, "by-git.yaml"));
      if (dry.stdout !== "") {
        const { status, stderr } = spawnSync("git", ["apply", "-"], {
          cwd,
          input: dry.stdout.replaceAll("in.yaml", "by-git.yaml"),
          encoding: "utf8",
        });
        expect([status, stderr]).to.deep.equal([0, ""]);
      }
      const done = await foresailHere(["pin", "in.yaml", ...args], { cwd, env: UTF8 });
      expectGolden(join(from, "out.txt"), done.stdout);
      expect([dry.code, done.code]).to.deep.equal([code, code]);
      expect(readFileSync(join(cwd, "in.yaml"), "utf8")).to.equal(readFileSync(join(cwd, "by-git.yaml"), "utf8"));
      const again = await foresailHere(["pin", "in.yaml", "--diff", ...args], { cwd, env: UTF8 });
      expect(again.stdout).to.equal("");
    });
  }

  it("checks without writing: 1 and the diff where something would change, 0 where nothing would", async () => {
    const file = write("checked.yaml", PHI);
    const changing = await foresailHere(["pin", "--check", file]);
    expect([changing.code, readFileSync(file, "utf8")]).to.deep.equal([1, PHI]);
    expect(changing.stdout).to.include(`+    foresail.dev/catalog: ${RELEASE}\n`);
    const written = await foresailHere(["pin", file]);
    expect([written.code, readFileSync(file, "utf8")]).to.deep.equal([0, PINNED]);
    const same = await foresailHere(["pin", "--check", file]);
    expect([same.code, same.stdout]).to.deep.equal([0, ""]);
    expect(same.stderr).to.equal("nothing to pin, 1 pinned already\n");
  });

  it("keeps the file's mode and its line ends, and a last line without one", async () => {
    const windows = write("windows.yaml", PHI.replaceAll("\n", "\r\n"));
    chmodSync(windows, 0o640);
    expect((await foresailHere(["pin", windows])).code).to.equal(0);
    expect(readFileSync(windows, "utf8")).to.equal(PINNED.replaceAll("\n", "\r\n"));
    expect(statSync(windows).mode & 0o777).to.equal(0o640);
    const endless = write("endless.yaml", PHI.trimEnd());
    expect((await foresailHere(["pin", endless])).code).to.equal(0);
    expect(readFileSync(endless, "utf8")).to.equal(PINNED.trimEnd());
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).to.deep.equal([]);
  });

  it("pins standard input to standard output", async () => {
    const { code, stdout, stderr } = await foresail(["pin", "-"], { input: `${PHI}---\nkind: Other\n`, env: UTF8 });
    expect([code, stdout]).to.deep.equal([0, `${PINNED}---\nkind: Other\n`]);
    expect(stderr).to.equal(
      "default/phi: not pinned → 2026.11.0: nothing changes for one that is made today\n1 Workspace pinned\n",
    );
    const json = JSON.stringify({ ...PHI_OBJECT }, null, 2);
    const other = await foresail(["pin", "-"], { input: json });
    expect(JSON.parse(other.stdout).metadata.annotations).to.deep.equal({ "foresail.dev/catalog": RELEASE });
    expect(other.stdout.split("\n").filter((line) => !json.split("\n").includes(line)).length).to.be.lessThan(5);
  });

  it("writes all files or none: a link, or a file of another encoding, stops it", async () => {
    const [good, target] = [write("good.yaml", PHI), write("target.yaml", PHI)];
    const link = join(folder, "link.yaml");
    symlinkSync(target, link);
    const linked = await foresailHere(["pin", good, link]);
    expect([linked.code, linked.stderr]).to.deep.equal([
      2,
      `${link} is a link: name the file it leads to; nothing is written\n`,
    ]);
    const latin = join(folder, "latin.yaml");
    writeFileSync(latin, Buffer.from(`# caf\xe9\n${PHI}`, "latin1"));
    expect((await foresailHere(["pin", good, latin])).stderr).to.include("is no UTF-8; nothing is written");
    for (const file of [good, target]) expect(readFileSync(file, "utf8")).to.equal(PHI);
  });

  it("takes only releases it carries, and only PATHs that go together", async () => {
    const file = write("wrong.yaml", PHI);
    const rows: readonly (readonly [readonly string[], string])[] = [
      [["--to", "1.2.3", file], `--to "1.2.3" is not carried by this version; it carries ${RELEASE}\n`],
      [[], "foresail pin needs PATH: the files or directories to pin\n"],
      [["-", file], "foresail pin: - is standard input, and goes with no other PATH\n"],
    ];
    for (const [args, message] of rows) {
      const { code, stderr } = await foresailHere(["pin", ...args]);
      expect([code, stderr]).to.deep.equal([2, message]);
    }
    expect(readFileSync(file, "utf8")).to.equal(PHI);
  });

  it("pins only the Workspace that is named", async () => {
    const file = write("named.yaml", `${PHI}---\n${PHI.replace("name: phi #", "name: other #")}`);
    expect((await foresailHere(["pin", "-w", "other", file])).code).to.equal(0);
    expect(readFileSync(file, "utf8")).to.equal(`${PHI}---\n${PINNED.replace("name: phi #", "name: other #")}`);
  });

  it("says what the step to another release changes, back and forth", async () => {
    const next = nextPackage(folder);
    const file = write("upgraded.yaml", PINNED);
    const foresailNext = (...args: readonly string[]) => {
      const paths = args.some((one) => one.endsWith(".yaml")) ? args : [file, ...args];
      const { status, stdout } = spawnSync(process.execPath, [join(next, "bin/foresail.js"), "pin", ...paths], {
        encoding: "utf8",
        env: UTF8,
      });
      return { status, stdout };
    };
    const forth = foresailNext();
    expect(forth.status).to.equal(0);
    expect(forth.stdout).to.include(`default/phi: ${RELEASE} → ${NEXT_RELEASE}: restarts the model; changes\n`);
    expect(forth.stdout)
      .to.match(/nodes\.hourlyPriceUsd +3\.673 +→ +3\.5\n/)
      .and.include("kaito-base:0.6.0");
    expect(readFileSync(file, "utf8")).to.equal(PINNED.replace(RELEASE, NEXT_RELEASE));
    const back = foresailNext("--to", RELEASE);
    expect(back.stdout).to.include(`default/phi: ${NEXT_RELEASE} → ${RELEASE}: restarts the model; changes\n`);
    expect(readFileSync(file, "utf8")).to.equal(PINNED);
    const pods = foresailNext(write("pods.yaml", PODS));
    expect(pods.stdout).to.match(
      /^Deployment default\/pods: 2026\.11\.0 → 2027\.1\.0: restarts: the pod template\nchanges; [\s\S]*; changes\n/,
    );
    expect(pods.stdout).to.include("kaito-base:0.6.0").and.include("nodes.hourlyPriceUsd");
    expect(readFileSync(join(folder, "pods.yaml"), "utf8")).to.equal(PODS.replace(RELEASE, NEXT_RELEASE));
    // This version does not carry what the next one will be.
    writeFileSync(file, PINNED.replace(RELEASE, NEXT_RELEASE));
    const { stdout } = await foresailHere(["pin", file], { env: UTF8 });
    expect(stdout).to.match(/^default\/phi: 2027\.1\.0 → 2026\.11\.0: what changes is not known/);
    expect(readFileSync(file, "utf8")).to.equal(PINNED);
  });

  it("says what its exit codes mean", async () => {
    const { code, stdout } = await foresailHere(["pin", "--help"]);
    expect(code).to.equal(0);
    expect(stdout).to.include("Exit codes:").and.include("foresail pin --check clusters/");
  });
});

const PHI_OBJECT = {
  apiVersion: "kaito.sh/v1beta1",
  kind: "Workspace",
  metadata: { name: "phi" },
  resource: { instanceType: "Standard_NC24ads_A100_v4", labelSelector: { matchLabels: { apps: "phi" } } },
  inference: { preset: { name: "phi-4" } },
};
