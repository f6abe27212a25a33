import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { parseAllDocuments } from "yaml";
import type { Facts } from "../../src/core/doctor/facts.ts";
import { customResourceDefinition } from "../../src/core/kinds/kind.ts";
import { workspaceKind } from "../../src/core/kinds/workspace.ts";
import { EVERYTHING, gather, type Question, RECONCILER_MAY_ASK } from "../../src/doctor/gather.ts";
import { packageRoot } from "../../src/package-root.ts";
import type { Seen } from "../kube/support/api-server.ts";
import { json } from "../kube/support/rest.ts";
import { type Asked, apiServer, reviewing } from "./support.ts";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** Rules of the ClusterRoles that ship for the reconciler. */
function shippedRules(): readonly Rule[] {
  const text = readFileSync(join(packageRoot(), "manifests/rbac/reconciler.yaml"), "utf8");
  const objects = parseAllDocuments(text).map((one) => one.toJS() as { kind: string; rules?: readonly Rule[] });
  return objects.filter(({ kind }) => kind === "ClusterRole").flatMap(({ rules }) => rules ?? []);
}

describe("what doctor asks of a cluster", () => {
  let asked: Asked;
  beforeEach(async () => {
    asked = await apiServer();
  });
  afterEach(() => asked.close());

  const gathered = (questions: readonly Question[], more: { readonly trial?: true } = {}): Promise<Facts> =>
    gather(asked.kube, {
      questions,
      ...more,
      namespace: "foresail-system",
      probeNamespace: "default",
      gpuSizes: [],
      callMs: 5_000,
      signal: AbortSignal.timeout(20_000),
    });
  const put = (path: string, object: object): void => {
    asked.server.next(
      ({ url }) => url.pathname === path,
      (_, response) => void json(response, 200, { metadata: { resourceVersion: "1" }, items: [object] }),
    );
  };

  it("writes nothing: it reads, asks for rights, and creates one Workspace as a dry run", async () => {
    const deployment = { metadata: { name: "foresail-reconciler", namespace: "foresail-system" }, spec: {} };
    put("/apis/apps/v1/deployments", deployment);
    reviewing(asked.server, 500, () => true);
    const facts = await gathered(EVERYTHING);
    expect(facts.rights?.kind).to.equal("read");
    const writes = asked.server.seen.filter(({ method }) => method !== "GET");
    const creates = writes.filter(({ url }) => !url.pathname.startsWith("/apis/authorization.k8s.io/v1/"));
    expect(creates.map(({ method, url }) => `${method} ${url.pathname}?${url.searchParams}`)).to.deep.equal([
      "POST /apis/kaito.sh/v1beta1/namespaces/default/workspaces?dryRun=All",
    ]);
  });

  it("tries no Workspace where the definition is KAITO's, and asks for no rights where nothing is installed", async () => {
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/workspaces.kaito.sh";
    asked.server.next(
      ({ url }) => url.pathname === path,
      (_, response) => void json(response, 200, { metadata: { name: "workspaces.kaito.sh" }, spec: { versions: [] } }),
    );
    const facts = await gathered(EVERYTHING);
    expect(facts.probe).to.equal(undefined);
    expect(facts.rights).to.equal(undefined);
    expect(asked.server.seen.filter(({ method }) => method !== "GET")).to.deep.equal([]);
  });

  it("tries one of our group in a trial, whatever KAITO's definition is, and none where ours is missing", async () => {
    const path = (group: string) => `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/workspaces.${group}`;
    const serve = (group: string, object: object): void =>
      asked.server.next(
        ({ url }) => url.pathname === path(group),
        (_, response) => void json(response, 200, object),
      );
    const posts = (): readonly string[] =>
      asked.server.seen.filter(({ method }) => method === "POST").map(({ url }) => url.pathname);
    const kaitos = { metadata: { name: "workspaces.kaito.sh" }, spec: { versions: [] } };
    serve("kaito.sh", kaitos);
    serve("foresail.dev", { ...kaitos, metadata: { name: "workspaces.foresail.dev" } });
    await gathered(EVERYTHING, { trial: true });
    expect(posts()).to.deep.equal([]);
    serve("kaito.sh", kaitos);
    serve("foresail.dev", customResourceDefinition(workspaceKind, "foresail.dev"));
    await gathered(EVERYTHING, { trial: true });
    expect(posts()).to.deep.equal(["/apis/foresail.dev/v1beta1/namespaces/default/workspaces"]);
  });

  it("is for the reconciler what the shipped role lets it read", async () => {
    await gathered(RECONCILER_MAY_ASK);
    const rules = shippedRules();
    const refused = asked.server.seen
      .filter((request) => !isAllowed(request, rules))
      .map(({ method, url }) => `${method} ${url.pathname}`);
    expect(refused).to.deep.equal([]);
  });

  it("keeps of Deployments and Nodes what is looked at, and of the Secret the certificate", async () => {
    const container = { name: "a", image: "karpenter", args: ["--a"], env: [{ name: "TOKEN", value: "secret" }] };
    put("/apis/apps/v1/deployments", {
      metadata: { name: "a", namespace: "b", annotations: { x: "y" } },
      spec: { replicas: 1, template: { spec: { containers: [container] } } },
    });
    put("/api/v1/nodes", {
      metadata: { name: "n" },
      status: { images: [{ names: ["i"] }], allocatable: { cpu: "1" } },
    });
    asked.server.next(
      ({ url }) => url.pathname.endsWith("/secrets/foresail-webhook-certs"),
      (_, response) =>
        void json(response, 200, {
          metadata: { name: "foresail-webhook-certs" },
          data: { "tls.crt": Buffer.from("CERT").toString("base64"), "tls.key": Buffer.from("KEY").toString("base64") },
        }),
    );
    const facts = await gathered(["deployments", "nodes", "servingCertificate"]);
    expect(facts.servingCertificate).to.deep.equal({ kind: "read", value: "CERT" });
    expect(JSON.stringify(facts))
      .to.contain("--a")
      .and.not.to.match(/TOKEN|secret|images|KEY/);
  });
});

/** Whether a rule allows the request; /version is everybody's. */
function isAllowed({ method, url }: Seen, rules: readonly Rule[]): boolean {
  if (url.pathname === "/version") return true;
  const [, group = "", resource = "", name] =
    /^\/(?:api|apis\/([^/]+))\/v1\/([^/]+)(?:\/([^/]+))?$/.exec(url.pathname) ?? [];
  const verb = name === undefined ? "list" : "get";
  return rules.some(
    (rule) =>
      method === "GET" &&
      rule.apiGroups.includes(group) &&
      rule.resources.includes(resource) &&
      rule.verbs.includes(verb) &&
      (rule.resourceNames === undefined || (name !== undefined && rule.resourceNames.includes(name))),
  );
}
