import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { probe } from "../../src/doctor/probe.ts";
import { FORESAIL_WORKSPACES } from "../../src/kube/resources.ts";
import { failure } from "../kube/support/failure.ts";
import { json } from "../kube/support/rest.ts";
import { type Asked, apiServer } from "./support.ts";

describe("a Workspace that is only tried", () => {
  let asked: Asked;
  beforeEach(async () => {
    asked = await apiServer();
  });
  afterEach(() => asked.close());

  const answers = (status: number, body: object): void =>
    asked.server.next(
      () => true,
      (_, response) => void json(response, status, body),
    );
  const refuses = (code: number, message: string): void =>
    answers(code, { kind: "Status", code, reason: code === 403 ? "Forbidden" : "InternalError", message });
  const tried = () => probe(asked.kube, "team-a");
  const isTold = async (kind: string, words: string): Promise<void> => {
    const came = await tried();
    expect(came.kind).to.equal(kind);
    expect("message" in came ? came.message : "").to.contain(words);
  };

  it("is a dry run in the namespace that is named", async () => {
    answers(201, { metadata: { name: "foresail-probe" }, expansion: { catalog: "2026.11.0" } });
    expect(await tried()).to.deep.equal({ kind: "expanded" });
    const [request] = asked.server.seen;
    expect(request?.method).to.equal("POST");
    expect(request?.url.pathname).to.equal("/apis/kaito.sh/v1beta1/namespaces/team-a/workspaces");
    expect(request?.url.searchParams.get("dryRun")).to.equal("All");
  });

  it("is one of our group where that is asked for", async () => {
    answers(201, { metadata: { name: "foresail-probe" }, expansion: {} });
    await probe(asked.kube, "team-a", { resource: FORESAIL_WORKSPACES });
    const [request] = asked.server.seen;
    expect(request?.url.pathname).to.equal("/apis/foresail.dev/v1beta1/namespaces/team-a/workspaces");
    expect(JSON.parse(request?.body ?? "")).to.include({ apiVersion: "foresail.dev/v1beta1", kind: "Workspace" });
  });

  it("tells who answered by what comes back", async () => {
    answers(201, { metadata: { name: "foresail-probe" } });
    expect(await tried()).to.deep.equal({ kind: "unexpanded" });
    const denied = 'admission webhook "mutate.foresail.dev" denied the request: no';
    refuses(403, denied);
    await isTold("denied", denied);
    for (const message of [
      'admission webhook "other.example" denied the request',
      "ValidatingAdmissionPolicy 'a' with binding 'b' denied request",
    ]) {
      refuses(403, message);
      await isTold("refused", message);
    }
    const unreachable = 'Internal error occurred: failed calling webhook "mutate.foresail.dev": connection refused';
    refuses(500, unreachable);
    await isTold("unreachable", unreachable);
  });

  it("is no answer where the right is missing, or somebody else's webhook cannot be called", async () => {
    for (const [code, message] of [
      [403, 'workspaces.kaito.sh is forbidden: User "a" cannot create resource'],
      [500, 'failed calling webhook "other.example": connection refused'],
    ] as const) {
      refuses(code, message);
      expect((await failure(tried())).message).to.contain(message);
    }
  });
});
