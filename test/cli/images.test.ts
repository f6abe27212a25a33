import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { packageRoot } from "../../src/package-root.ts";
import { expectGolden } from "./support/golden.ts";
import { foresailHere } from "./support/here.ts";
import { foresail } from "./support/program.ts";

const cases = join(packageRoot(), "test/cases/images");
const UTF8 = { PATH: process.env["PATH"], LANG: "C.UTF-8" };

interface Case {
  readonly args: readonly string[];
  readonly code: number;
  /** With --mirrors. */
  readonly pairsCode: number;
}

describe("foresail images", () => {
  for (const name of readdirSync(cases)) {
    it(`prints ${name} as it did: text, JSON, pairs`, async () => {
      const cwd = join(cases, name);
      const { args, code, pairsCode }: Case = JSON.parse(readFileSync(join(cwd, "args.json"), "utf8"));
      const outputs = [
        ["-o", "text", "out.txt", "stderr.txt", code],
        ["-o", "json", "out.json", "stderr.txt", code],
        ["--mirrors", undefined, "pairs.txt", "stderr-pairs.txt", pairsCode],
      ] as const;
      for (const [flag, value, file, findings, expected] of outputs) {
        const given = ["images", "in.yaml", flag, ...(value === undefined ? [] : [value]), ...args];
        const ended = await foresailHere(given, { cwd, env: UTF8 });
        expectGolden(join(cwd, file), ended.stdout);
        expectGolden(join(cwd, findings), ended.stderr);
        expect(ended.code, file).to.equal(expected);
      }
    });
  }

  it("prints pairs that a copy tool takes: two words a line, each source once, in byte order", async () => {
    const { stdout } = await foresailHere(["images", "examples", "--mirrors", "--registry", "reg.internal:5000/m"]);
    const pairs = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
    expect(pairs.length).to.be.greaterThan(3);
    for (const pair of pairs) expect(pair).to.have.length(2);
    const sources = pairs.map(([source]) => source ?? "");
    expect(sources).to.deep.equal([...new Set(sources)].sort());
    for (const [source = "", target] of pairs) expect(target).to.equal(`reg.internal:5000/m/${source}`);
  });

  it("prints no line that a copy tool takes for two, or for an option", async () => {
    const input = (image: string): string => `apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata: {name: own}
resource: {instanceType: Standard_NC24ads_A100_v4, labelSelector: {matchLabels: {apps: own}}}
inference: {template: {spec: {containers: [{name: a, image: ${JSON.stringify(image)}}]}}}
`;
    for (const wrong of ["evil/x:1\n--help\tother/y", "a b", "docker.io/$(x)"]) {
      const ended = await foresail(["images", "-", "--mirrors", "--registry=reg.internal"], { input: input(wrong) });
      expect([ended.code, ended.stdout]).to.deep.equal([1, ""]);
      expect(ended.stderr)
        .to.include("is no reference of an image")
        .and.not.match(/^--help/m);
    }
    const ended = await foresail(["images", "-", "--mirrors", "--registry=reg.internal"], {
      input: input("x/y:1@sha256:ab"),
    });
    expect([ended.code, ended.stdout]).to.deep.equal([
      0,
      "docker.io/x/y@sha256:ab\treg.internal/docker.io/x/y@sha256:ab\n",
    ]);
  });

  it("takes no registry that is none", async () => {
    for (const wrong of ["https://reg.internal", "reg internal", "Reg.internal", "reg/../x", "reg:port"]) {
      const { code, stderr } = await foresailHere(["images", "examples", `--registry=${wrong}`]);
      expect([code, stderr]).to.deep.equal([
        2,
        `--registry is ${JSON.stringify(wrong)}: expected HOST or HOST/PATH, such as registry.acme.internal/mirror\n`,
      ]);
    }
  });

  it("says what its exit codes mean", async () => {
    const { code, stdout } = await foresailHere(["images", "--help"]);
    expect(code).to.equal(0);
    expect(stdout).to.include("Exit codes:").and.include("xargs -n 2 crane copy");
  });
});
