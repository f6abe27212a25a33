import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { AksOptions } from "../../../src/cloud/aks/options.ts";
import { certificate } from "../../kube/support/certificate.ts";
import { type Answer, type ArmServer, type Asked, armServer } from "./support/arm-server.ts";
import { COMPUTE, options, POOLS, pool } from "./support/provider.ts";

const TENANT = "22222222-2222-3333-4444-555555555555";
const script = fileURLToPath(new URL("support/list-machines.ts", import.meta.url));

/** A sign-in authority and ARM on one server, over TLS: nothing of the way a token takes is left out. */
describe("the sign-in", () => {
  let server: ArmServer;
  let directory: string;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "foresail-sign-in-"));
    const { keyPem, certPem } = certificate();
    writeFileSync(join(directory, "ca.pem"), certPem);
    writeFileSync(join(directory, "token"), "the-service-account-token");
    server = await armServer("127.0.0.1", { key: keyPem, cert: certPem });
    server.answer = answer;
  });
  after(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  function answer({ path }: Asked): Answer {
    const authority = `${server.origin}/${TENANT}`;
    if (path.endsWith("/.well-known/openid-configuration")) {
      const body = {
        issuer: `${authority}/v2.0`,
        token_endpoint: `${authority}/oauth2/v2.0/token`,
        authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
        jwks_uri: `${authority}/keys`,
      };
      return { status: 200, body };
    }
    if (path.endsWith("/token")) {
      return { status: 200, body: { token_type: "Bearer", expires_in: 3600, access_token: "the-token" } };
    }
    if (path.startsWith(COMPUTE)) return { status: 200, body: { value: [] } };
    return path === POOLS ? { status: 200, body: { value: [pool()] } } : { status: 400 };
  }

  async function list(more: Partial<AksOptions>, environment: Record<string, string>): Promise<unknown> {
    server.asked.length = 0;
    const given = options({ armEndpoint: server.origin, authorityHost: server.origin, ...more });
    const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(given)], {
      env: { ...environment, NODE_EXTRA_CA_CERTS: join(directory, "ca.pem") },
      timeout: 50_000,
    });
    return JSON.parse(stdout);
  }

  const form = () => new URLSearchParams(server.asked.find(({ path }) => path.endsWith("/token"))?.text);
  const authorization = () => server.asked.find(({ path }) => path === POOLS)?.headers.authorization;

  it("of workload identity: the pod's token for one of the stated scope, and that one to ARM", async () => {
    const machines = await list(
      { tokenScope: "https://management.core.local//.default" },
      {
        AZURE_TENANT_ID: TENANT,
        AZURE_CLIENT_ID: "the-client",
        AZURE_FEDERATED_TOKEN_FILE: join(directory, "token"),
      },
    );
    expect(machines).to.have.length(1);
    expect(form().get("client_id")).to.equal("the-client");
    expect(form().get("client_assertion")).to.equal("the-service-account-token");
    expect(form().get("scope")).to.contain("https://management.core.local//.default");
    expect(authorization()).to.equal("Bearer the-token");
    const quotas = server.asked.filter(({ path }) => path.startsWith(COMPUTE));
    expect(quotas.map(({ headers }) => headers.authorization)).to.deep.equal(["Bearer the-token", "Bearer the-token"]);
    expect(server.asked.filter(({ path }) => path.endsWith("/token"))).to.have.length(1);
  });

  it("of a service principal: its secret, for ARM's own scope", async () => {
    const environment = { AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: "the-client", AZURE_CLIENT_SECRET: "the-secret" };
    expect(await list({}, environment)).to.have.length(1);
    expect(form().get("client_secret")).to.equal("the-secret");
    expect(form().get("scope")).to.contain(`${server.origin}/.default`);
    expect(authorization()).to.equal("Bearer the-token");
  });

  it("that is refused is AuthorizationFailed, with what Entra said, and ARM is not asked", async () => {
    server.answer = (asked) =>
      asked.path.endsWith("/token")
        ? { status: 401, body: { error: "invalid_client", error_description: "AADSTS7000215: Invalid client secret." } }
        : answer(asked);
    const environment = { AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: "the-client", AZURE_CLIENT_SECRET: "wrong" };
    const error = await list({}, environment).catch((thrown: Error) => thrown.message);
    expect(error).to.contain("AuthorizationFailed").and.contain("AADSTS7000215");
    expect(authorization()).to.equal(undefined);
    expect(server.asked.some(({ path }) => path === POOLS)).to.equal(false);
  });
});
