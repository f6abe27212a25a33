import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { expect } from "chai";
import { describe, it } from "mocha";
import { createAks } from "../../../src/cloud/aks/aks.ts";
import { type Endpoint, endpointOf } from "../../../src/cloud/aks/endpoint.ts";
import { systemClock } from "../../../src/kube/clock.ts";
import { UsageError } from "../../../src/option.ts";
import { armServer } from "./support/arm-server.ts";
import { failureOf, NEVER, options } from "./support/provider.ts";

const userAgent = "foresail/1.2.3";

/** Every way to name a host that a request without a sign-in must not go to, and some that are no origin at all. */
const REFUSED = [
  "http://management.azure.com",
  "http://10.0.0.1",
  "http://169.254.169.254",
  "http://0.0.0.0",
  "http://0",
  "http://[::]",
  "http://localhost",
  "http://localhost.",
  "http://ip6-localhost",
  "http://127.0.0.1.example.com",
  "http://127.0.0.1@example.com",
  "http://127.0.0.1:80@example.com",
  "http://user:secret@127.0.0.1",
  "http://[::ffff:127.0.0.1]",
  "http://[::ffff:7f00:1]",
  "http://[::ffff:10.0.0.1]",
  "http://[fe80::1]",
  "http://128.0.0.1",
  "http://1270.0.0.1",
  "http://127.0.0.1/subscriptions",
  "http://127.0.0.1?x=1",
  "ftp://127.0.0.1",
  "127.0.0.1:8080",
  "",
];

describe("the ARM endpoint", () => {
  it("is plain http at a loopback address only", () => {
    for (const armEndpoint of REFUSED) {
      expect(endpointOf({ armEndpoint }, {}), armEndpoint).to.be.a("string");
      const make = () => createAks(options({ armEndpoint }), { clock: systemClock, environment: {}, userAgent });
      expect(make, armEndpoint).to.throw(UsageError, "ARM endpoint");
    }
  });

  it("signs in wherever it is not plain http at a loopback address", () => {
    const unsigned = (armEndpoint: string) => (endpointOf({ armEndpoint }, {}) as Endpoint).unsigned;
    for (const armEndpoint of ["http://127.0.0.1:8080", "http://127.8.9.1", "http://[::1]:1", "http://2130706433"]) {
      expect(unsigned(armEndpoint), armEndpoint).to.equal(true);
    }
    for (const armEndpoint of ["https://127.0.0.1", "https://localhost", "https://management.azure.com/"]) {
      expect(unsigned(armEndpoint), armEndpoint).to.equal(false);
    }
  });

  it("over https no request is sent before the sign-in, at a loopback address neither", async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.destroy();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const environment = {
      AZURE_TENANT_ID: "22222222-2222-3333-4444-555555555555",
      AZURE_CLIENT_ID: "c",
      AZURE_CLIENT_SECRET: "s",
      AZURE_AUTHORITY_HOST: "https://127.0.0.1:1",
    };
    const given = options({ armEndpoint: `https://127.0.0.1:${port}` });
    const cloud = createAks(given, { clock: systemClock, environment, userAgent });
    const failure = await failureOf(cloud.get("a", NEVER));
    expect(failure.reason).to.equal("Unavailable");
    expect(failure.message).to.match(/127\.0\.0\.1:1|endpoints_resolution|network/);
    expect(connections).to.equal(0);
    cloud.close();
    server.close();
  });

  it("at a loopback address no proxy is asked", async () => {
    const arm = await armServer();
    const proxy = await armServer();
    arm.answer = () => ({ status: 200, body: { value: [] } });
    const before = { ...process.env };
    for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"]) process.env[name] = proxy.origin;
    try {
      const surroundings = { clock: systemClock, environment: process.env, userAgent };
      const cloud = createAks(options({ armEndpoint: arm.origin }), surroundings);
      expect(await cloud.list(NEVER)).to.deep.equal([]);
      cloud.close();
    } finally {
      process.env = before;
    }
    expect([arm.asked.length, proxy.asked.length]).to.deep.equal([1, 0]);
    await Promise.all([arm.close(), proxy.close()]);
  });

  it("works over IPv6, too", async () => {
    const arm = await armServer("::1");
    arm.answer = () => ({ status: 200, body: { value: [] } });
    const given = options({ armEndpoint: arm.origin });
    const cloud = createAks(given, { clock: systemClock, environment: {}, userAgent });
    expect(await cloud.list(NEVER)).to.deep.equal([]);
    cloud.close();
    await arm.close();
  });

  it("of each cloud comes with its authority and the scope of its token", () => {
    const of = (given: Parameters<typeof endpointOf>[0], environment = {}) => {
      const { origin, tokenScope, authorityHost, customAuthority } = endpointOf(given, environment) as Endpoint;
      return [origin, tokenScope, authorityHost, customAuthority];
    };
    expect(of({})).to.deep.equal([
      "https://management.azure.com",
      "https://management.azure.com/.default",
      "https://login.microsoftonline.com",
      false,
    ]);
    expect(of({ azureCloud: "us-government" })).to.deep.equal([
      "https://management.usgovcloudapi.net",
      "https://management.usgovcloudapi.net/.default",
      "https://login.microsoftonline.us",
      false,
    ]);
    expect(of({ azureCloud: "china" })).to.deep.equal([
      "https://management.chinacloudapi.cn",
      "https://management.chinacloudapi.cn/.default",
      "https://login.chinacloudapi.cn",
      false,
    ]);
    const stack = { armEndpoint: "https://management.core.local/", authorityHost: "https://login.core.local" };
    expect(of({ ...stack, tokenScope: "https://management.core.local//.default" })).to.deep.equal([
      "https://management.core.local",
      "https://management.core.local//.default",
      "https://login.core.local",
      true,
    ]);
    expect(of(stack)[1]).to.equal("https://management.core.local/.default");
    const environment = { AZURE_AUTHORITY_HOST: "https://login.microsoftonline.us/" };
    expect(of({}, environment)[2]).to.equal("https://login.microsoftonline.us");
    expect(endpointOf({ authorityHost: "http://127.0.0.1" }, {})).to.contain("https origin");
  });
});
