import { expect } from "chai";
import { describe, it } from "mocha";
import { scrubbedEnvironment } from "../../src/local/environment.ts";
import { streamReport } from "../../src/local/report.ts";
import { Hopeless, TimedOut, until } from "../../src/local/until.ts";

describe("the environment of what is started", () => {
  it("has no KUBECONFIG, no HOME of the user and no credentials", () => {
    const source = {
      PATH: "/bin",
      KUBECONFIG: "/prod",
      HOME: "/home/me",
      AWS_SECRET_ACCESS_KEY: "s",
      NO_PROXY: "a.example",
    };
    expect(scrubbedEnvironment("/work", source)).to.deep.equal({
      PATH: "/bin",
      HOME: "/work",
      TMPDIR: "/work",
      NO_PROXY: "a.example,127.0.0.1,localhost",
      no_proxy: "a.example,127.0.0.1,localhost",
    });
  });
});

describe("waiting for a condition", () => {
  it("gives the first value", async () => {
    let asked = 0;
    expect(await until("three", 5000, () => (++asked === 3 ? "value" : undefined))).to.equal("value");
  });

  it("names the condition and the last error when time is up", async () => {
    const failed = await until("the impossible", 60, () => Promise.reject(new Error("still no"))).catch(
      (error) => error,
    );
    expect(failed).to.be.instanceOf(TimedOut);
    expect(failed.message).to.match(/0\.06 s for the impossible; last error: still no/);
  });

  it("ends at once when it is hopeless", async () => {
    const started = performance.now();
    const failed = await until("x", 60_000, () => Promise.reject(new Hopeless("dead"))).catch((error) => error);
    expect(failed.message).to.equal("dead");
    expect(performance.now() - started).to.be.below(5000);
  });
});

describe("progress", () => {
  const stream = (isTTY: boolean) => {
    const written: string[] = [];
    const fake = { isTTY, columns: 20, write: (text: string) => written.push(text) };
    return { written, stream: fake as unknown as NodeJS.WriteStream };
  };

  it("is a plain line every ten seconds where there is no terminal", () => {
    const { written, stream: plain } = stream(false);
    let nowMs = 0;
    const report = streamReport(plain, () => nowMs);
    for (; nowMs < 25_000; nowMs += 1000) report.progress(`at ${nowMs / 1000} s`);
    report.line("done");
    expect(written).to.deep.equal(["at 0 s\n", "at 10 s\n", "at 20 s\n", "done\n"]);
  });

  it("stays on one line of a terminal", () => {
    const { written, stream: terminal } = stream(true);
    const report = streamReport(terminal);
    report.progress("a text much longer than twenty columns");
    report.line("done");
    expect(written).to.deep.equal(["\r\u001b[Ka text much longer ", "\r\u001b[Kdone\n"]);
  });
});
