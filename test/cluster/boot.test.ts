import { createServer, type Server } from "node:net";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { bootApiServer, ComponentFailed } from "../../src/local/boot.ts";
import { writeCredentials } from "../../src/local/credentials.ts";
import { scrubbedEnvironment } from "../../src/local/environment.ts";
import { freePorts } from "../../src/local/ports.ts";
import { type Supervised, superviseProcesses } from "../../src/local/supervised.ts";
import { prepareTools, type Tools } from "../../src/local/tools.ts";

describe("starting an API server", () => {
  let tools: Tools;
  let taken: Server;
  let takenPort = 0;
  const started: Supervised[] = [];
  before(async () => {
    const answer = await prepareTools();
    if (answer.kind === "unavailable") throw new Error(answer.reason);
    tools = answer.tools;
    taken = createServer();
    await new Promise<void>((listening) => taken.listen(0, "127.0.0.1", listening));
    const address = taken.address();
    takenPort = typeof address === "object" && address !== null ? address.port : 0;
  });
  after(async () => {
    taken.close();
    for (const supervised of started) await supervised.shutdown();
  });

  const boot = async (ports: typeof freePorts, changed: Partial<Tools> = {}) => {
    const supervised = await superviseProcesses();
    started.push(supervised);
    const { workDir } = supervised;
    const layout = { workDir, env: scrubbedEnvironment(workDir), credentials: writeCredentials(workDir) };
    return bootApiServer({ ...tools, ...changed }, layout, supervised, ports);
  };

  it("tries other ports when one was taken in the meantime, whichever component lost it", async () => {
    let attempts = 0;
    const server = await boot(async (count) => {
      attempts++;
      const [first = 0, second = 0, third = 0] = await freePorts(count);
      if (attempts === 1) return [takenPort, second, third];
      if (attempts === 2) return [first, second, takenPort];
      return [first, second, third];
    });
    expect(attempts).to.equal(3);
    expect((await server.api.call({ path: "/readyz" })).status).to.equal(200);
    await server.api.close();
  });

  it("names the component that failed and shows the end of its log", async () => {
    const broken = { apiServer: [...tools.apiServer, "--no-such-flag"] as Tools["apiServer"] };
    const failure = await boot(freePorts, broken).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(ComponentFailed).and.to.have.property("component", "kube-apiserver");
    expect(failure)
      .to.have.property("message")
      .that.matches(/kube-apiserver ended with code 1;[\s\S]*unknown flag: --no-such-flag/);
  });
});
