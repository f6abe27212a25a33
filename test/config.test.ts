import { expect } from "chai";
import { describe, it } from "mocha";
import { readConfig } from "../src/config.ts";
import type { Options } from "../src/option.ts";

const options = {
  port: { kind: "integer", default: 8443, max: 65_535, help: "port" },
  kubeconfig: { kind: "text", help: "file" },
  catalog: { kind: "list", help: "directory" },
  leaderElect: { kind: "switch", default: true, help: "elect" },
  provider: { kind: "choice", choices: ["karpenter", "aks"], default: "karpenter", help: "who" },
  limitHourlyPriceUsd: { kind: "number", help: "USD" },
} as const satisfies Options;

interface Sources {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly file?: string;
}

function read({ args = [], environment = {}, file }: Sources) {
  const readFile = (path: string) => {
    if (file === undefined || path !== "f.yaml") throw new Error(`ENOENT: ${path}`);
    return file;
  };
  return readConfig("webhook", options, { args, environment, readFile });
}

function values(sources: Sources) {
  const config = read(sources);
  if (config.kind !== "values") throw new Error(JSON.stringify(config));
  return config.values;
}

function message(sources: Sources): string {
  const config = read(sources);
  if (config.kind !== "error") throw new Error(JSON.stringify(config));
  return config.message;
}

describe("options", () => {
  it("have defaults", () => {
    expect(values({})).to.deep.equal({
      port: 8443,
      kubeconfig: undefined,
      catalog: [],
      leaderElect: true,
      provider: "karpenter",
      limitHourlyPriceUsd: undefined,
    });
  });

  it("are taken from flag, environment, file, default, in this order", () => {
    const file = "port: 3\n";
    const environment = { FORESAIL_PORT: "2", FORESAIL_CONFIG: "f.yaml" };
    expect(values({ args: ["--port=1"], environment, file }).port).to.equal(1);
    expect(values({ environment, file }).port).to.equal(2);
    expect(values({ environment: { FORESAIL_CONFIG: "f.yaml" }, file }).port).to.equal(3);
    expect(values({ args: ["--config", "f.yaml"], file: "" }).port).to.equal(8443);
    expect(values({ environment: { FORESAIL_PORT: "" } }).port, "an empty variable is none").to.equal(8443);
  });

  it("come in every spelling", () => {
    expect(values({ args: ["--catalog", "a", "--catalog=b"] }).catalog).to.deep.equal(["a", "b"]);
    expect(values({ environment: { FORESAIL_CATALOG: "a,b" } }).catalog).to.deep.equal(["a", "b"]);
    expect(values({ args: ["--config=f.yaml"], file: "catalog: [a, b]" }).catalog).to.deep.equal(["a", "b"]);
    for (const flag of ["--leader-elect=false", "--no-leader-elect"]) {
      expect(values({ args: [flag] }).leaderElect, flag).to.equal(false);
    }
    expect(values({ environment: { FORESAIL_LEADER_ELECT: "false" } }).leaderElect).to.equal(false);
    expect(values({ args: ["--limit-hourly-price-usd=12.5"] }).limitHourlyPriceUsd).to.equal(12.5);
    expect(values({ args: ["--port=1", "--port=2"] }).port, "the last one wins").to.equal(2);
  });

  for (const [sources, ...words] of [
    [{ args: ["--prot=1"] }, "--prot", "did you mean --port", "foresail webhook --help"],
    [{ args: ["file.yaml"] }, "file.yaml", "allowed are"],
    [{ args: ["--port"] }, "--port"],
    [{ args: ["--port=x"] }, '--port is "x"', "whole number from 0 to 65535"],
    [{ args: ["--port=65536"] }, "--port", "65535"],
    [{ args: ["--port="] }, "--port"],
    [{ environment: { FORESAIL_PORT: "tcp://10.0.0.1:443" } }, "FORESAIL_PORT", "tcp://"],
    [{ args: ["--provider=gcp"] }, "--provider", "karpenter or aks"],
    [{ environment: { FORESAIL_LEADER_ELECT: "yes" } }, "FORESAIL_LEADER_ELECT", "true or false"],
    [{ args: ["--limit-hourly-price-usd=-1"] }, "at least 0"],
    [{ args: ["--config=g.yaml"] }, "g.yaml", "ENOENT"],
    [{ args: ["--config=f.yaml"], file: "prot: 1" }, "f.yaml", '"prot"', "port"],
    [{ args: ["--config=f.yaml"], file: "- 1" }, "f.yaml", "mapping"],
    [{ args: ["--config=f.yaml"], file: "port: [" }, "f.yaml"],
    [{ args: ["--config=f.yaml"], file: "port: {}" }, "f.yaml: port"],
  ] as const) {
    it(`explain what is wrong with ${JSON.stringify(sources)}`, () => {
      for (const word of words) expect(message(sources)).to.include(word);
    });
  }

  it("are all in the help", () => {
    const help = read({ args: ["--port=x", "--help"] });
    expect(help.kind).to.equal("help");
    if (help.kind !== "help") return;
    for (const flag of ["--port", "--limit-hourly-price-usd", "--config"]) expect(help.text).to.include(flag);
  });
});
