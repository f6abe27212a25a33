import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { parse } from "yaml";
import type { Explanation } from "../../src/core/explain/explanation.ts";
import { packageRoot } from "../../src/package-root.ts";
import { foresailHere } from "./support/here.ts";
import { foresail } from "./support/program.ts";

const root = packageRoot();
const cases = join(root, "test/cases/explain");
// Prices are of 2026-06-18.
const FRESH = ["--today", "2026-07-01"];
const UTF8 = { PATH: process.env["PATH"], LANG: "C.UTF-8" };

/** `UPDATE_GOLDEN=1 make test-fast` writes what is printed instead of comparing it. */
function expectGolden(file: string, text: string): void {
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  expect(text).to.equal(readFileSync(file, "utf8"));
}

interface Document {
  readonly format: number;
  readonly workspaces: readonly (Explanation & { readonly file: string })[];
}

describe("foresail explain", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-explain-"));
  });
  after(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  for (const name of readdirSync(cases)) {
    it(`prints ${name} as it did: text, JSON, SVG`, async () => {
      const cwd = join(cases, name);
      // One of them as users run it.
      const run = (output: string) => (name === "several-nodes" && output === "text" ? foresail : foresailHere);
      const outputs = [
        ["text", "out.txt"],
        ["json", "out.json"],
        ["svg", "out.svg"],
      ] as const;
      const ended = await Promise.all(
        outputs.map(([output]) => run(output)(["explain", "in.yaml", "-o", output, ...FRESH], { cwd, env: UTF8 })),
      );
      for (const [i, { code, stdout, stderr }] of ended.entries()) {
        expectGolden(join(cwd, outputs[i]?.[1] ?? ""), stdout);
        expectGolden(join(cwd, "stderr.txt"), stderr);
        expect(code).to.equal(name === "refused" ? 1 : 0);
      }
    });
  }

  it("writes no escape sequences into a pipe, and only ASCII where the locale does not say UTF-8", async () => {
    const { stdout } = await foresail(["explain", "examples/inference", ...FRESH]);
    expect(stdout).to.match(/^[\x20-\x7e\n]*$/);
    expect(stdout).to.match(/^ {2}\[#+=+-+\.+\]$/m);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).to.be.at.most(80);
  });

  it("warns of old prices once for all Workspaces, and tells their date", async () => {
    const { code, stdout, stderr } = await foresailHere(["explain", "examples/inference", "--today", "2026-09-17"]);
    expect(code).to.equal(0);
    expect(stderr.match(/warning price\/stale prices of 2026-06-18 are 91 days old/g)).to.have.length(1);
    expect(stdout).to.match(/^Prices: .*2026-06-18/m);
    const fresh = await foresailHere(["explain", "examples/inference", "--today", "2026-09-16"]);
    expect(fresh.stderr).not.to.contain("price/stale");
  });

  it("counts the age of prices to this day where none is stated", async () => {
    const date = new Date(Date.now() - 100 * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
    const prices = `cloud: azure\ncurrency: USD\nsource: our contract\ndate: "${date}"\nregions:\n  eastus:\n    Standard_NC24ads_A100_v4: 1.5\n`;
    const file = write("prices.yaml", prices);
    const { stderr } = await foresailHere(["explain", join(cases, "chosen"), "--catalog", file]);
    expect(stderr).to.match(/prices of \S+ are 10[01] days old \(our contract\)/);
  });

  it("tells the numbers of users' files, and render prints the same", async () => {
    const model = readFileSync(join(root, "presets/models/phi-4.yaml"), "utf8").replace(
      /^weightsGiB: .*$/m,
      "weightsGiB: 60",
    );
    const directory = mkdtempSync(join(folder, "catalogue-"));
    writeFileSync(join(directory, "models.phi-4.yaml"), model);
    const given = [join(cases, "chosen"), "--catalog", directory];
    const [explained, rendered] = await Promise.all([
      foresailHere(["explain", ...given, "-o", "json", ...FRESH]),
      foresailHere(["render", ...given]),
    ]);
    const [one] = (JSON.parse(explained.stdout) as Document).workspaces;
    const { expansion } = parse(rendered.stdout) as {
      expansion: { memory: { weightsGiB: number; maxModelLen: number } };
    };
    const weights = one?.memory?.parts.find(({ kind }) => kind === "weights");
    expect(weights?.arithmetic).to.equal("60 GiB on disk × 1.02 when loaded");
    expect(weights?.giB).to.equal(expansion.memory.weightsGiB);
    expect(one?.memory?.maxModelLen).to.equal(expansion.memory.maxModelLen);
  });

  it("names file and line of what git states", async () => {
    const { stdout } = await foresailHere(["explain", "in.yaml", "-o", "json", ...FRESH], {
      cwd: join(cases, "settings"),
    });
    const { format, workspaces } = JSON.parse(stdout) as Document;
    expect(format).to.equal(1);
    expect(workspaces[0]?.file).to.equal("in.yaml");
    const value = workspaces[0]?.values.find(({ path }) => path === "nodes.maxHourlyPriceUsd");
    expect(value).to.deep.include({ value: 20, origin: "policy", line: 7 });
  });

  it("explains only the Workspace that is named", async () => {
    const given = ["explain", "in.yaml", ...FRESH];
    const cwd = join(cases, "refused");
    const one = await foresailHere([...given, "--name", "former"], { cwd });
    expect(one.stdout)
      .to.match(/^default\/former: refused/)
      .and.not.contain("too-small");
    const none = await foresailHere([...given, "--name", "nobody"], { cwd });
    expect([none.code, none.stdout]).to.deep.equal([0, ""]);
    expect(none.stderr).to.equal("no Workspace named nobody found\n");
  });

  it("ends with 2 for arguments it cannot use", async () => {
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [["nowhere"], /^nowhere: no such file or directory$/m],
      [["-o", "png"], /--output is "png": expected text, json or svg|--output is "png"/],
      [["--width", "12"], /--width is "12": expected 40 to 9999 columns/],
      [["--today", "2026-02-40"], /--today is "2026-02-40": expected a day such as/],
      [["--live", "--context", "x"], /--live needs --kubeconfig and --context/],
      [["--live", "--kubeconfig", "x", "--context", "x", "examples"], /--live takes no PATH/],
      [["--context", "x", "examples"], /belong to --live/],
    ];
    const ended = await Promise.all(wrong.map(([args]) => foresailHere(["explain", ...args])));
    for (const [i, { code, stdout, stderr }] of ended.entries()) {
      expect({ code, stdout }, wrong[i]?.[0].join(" ")).to.deep.equal({ code: 2, stdout: "" });
      expect(stderr).to.match(wrong[i]?.[1] as RegExp);
    }
  });

  it("loads the cluster's client for --live only", () => {
    const seen = new Set<string>();
    const follow = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      const text = readFileSync(file, "utf8");
      for (const [, path = ""] of text.matchAll(/^(?:import|export) (?!type )[^;]*?from "(\.[^"]+)";/gm)) {
        follow(join(dirname(file), path));
      }
    };
    follow(join(root, "src/cli/explain.ts"));
    expect([...seen].filter((file) => file.includes("/core/explain/"))).not.to.deep.equal([]);
    expect([...seen].filter((file) => file.includes("/src/kube/"))).to.deep.equal([]);
  });
});
