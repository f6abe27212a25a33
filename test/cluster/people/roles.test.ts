import { expect } from "chai";
import { after, before, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { serving, workspacePath } from "../e2e/workspaces.ts";
import { cleared, collectionOf } from "../gitops/support/git.ts";
import { apply, cluster, describeWith, mustKubectl, namespace, read, waitFor } from "../support/cluster.ts";
import { manifest } from "../support/install.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";
import { createAs, grantRole, patchAs } from "./people.ts";

const A100 = "Standard_NC24ads_A100_v4";
const OURS = "/api/v1/namespaces/foresail-system";
const CLAIMS = "/apis/karpenter.sh/v1/nodeclaims";
const PEOPLE = { viewer: "view", editor: "edit", administrator: "admin" } as const;

type Person = keyof typeof PEOPLE | "stranger";

const userOf = (person: Person) => `${person}@example.com`;

describeWith(["controllerManager"], "the roles people have in a namespace", () => {
  let webhook: WebhookProcess | undefined;
  let place = "";
  before(async () => {
    webhook = await startWebhook();
    place = await namespace("roles");
    // Karpenter brings its own, which is never replaced.
    const definition = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/nodeclaims.karpenter.sh";
    if ((await read(definition)) === undefined)
      await apply(...manifest("crds/nodeclaims/nodeclaims.karpenter.sh.yaml"));
    for (const [person, role] of Object.entries(PEOPLE)) await grantRole(place, userOf(person as Person), role);
    await waitFor("the roles to hold Workspaces", async () => (await create("editor")) === 201);
    await waitFor("view to hold Workspaces", async () => (await get("viewer", collectionOf(place))) === 200);
    await createAs(userOf("editor"), collectionOf(place), serving("theirs", "phi-4", A100));
  });
  after(async () => {
    await cleared(place);
    await webhook?.uninstall();
  });

  const create = async (person: Person, where = place) => {
    const path = `${collectionOf(where)}?dryRun=All`;
    return (await createAs(userOf(person), path, serving("tried", "phi-4", A100))).status;
  };
  const get = async (person: Person, path: string) => (await cluster().api.call({ path, as: userOf(person) })).status;
  const post = async (person: Person, path: string, body: JsonObject) =>
    (await createAs(userOf(person), `${path}?dryRun=All`, body)).status;
  const patch = async (person: Person, path: string, body: JsonObject) =>
    (await patchAs(userOf(person), `${path}?dryRun=All`, body)).status;

  const labelled = { metadata: { labels: { a: "b" } } };
  const configMap = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "theirs", labels: { "foresail.dev/catalog-data": "true" } },
    data: { "defaults.yaml": "region: westeurope\n" },
  };
  const claim = {
    apiVersion: "karpenter.sh/v1",
    kind: "NodeClaim",
    metadata: { name: "theirs" },
    spec: {
      nodeClassRef: { group: "karpenter.kwok.sh", kind: "KWOKNodeClass", name: "default" },
      requirements: [{ key: "kubernetes.io/os", operator: "In", values: ["linux"] }],
    },
  };
  const token = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: 600 },
  };
  const hooks = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/foresail";

  /** What each may do: viewer, editor, administrator, somebody without a role. */
  const RIGHTS: readonly (readonly [what: string, action: (who: Person) => Promise<number>, allowed: string])[] = [
    ["reads Workspaces", (who) => get(who, collectionOf(place)), "yyyn"],
    ["reads one", (who) => get(who, workspacePath(place, "theirs")), "yyyn"],
    ["creates a Workspace", (who) => create(who), "nyyn"],
    ["changes one", (who) => patch(who, workspacePath(place, "theirs"), labelled), "nyyn"],
    ["writes its status", (who) => patch(who, `${workspacePath(place, "theirs")}/status`, { status: {} }), "nnnn"],
    ["creates one elsewhere", (who) => create(who, "default"), "nnnn"],
    ["creates one beside Foresail", (who) => create(who, "foresail-system"), "nnnn"],
    ["reads claims", (who) => get(who, CLAIMS), "nnnn"],
    ["creates a claim", (who) => post(who, CLAIMS, claim), "nnnn"],
    ["reads the certificates", (who) => get(who, `${OURS}/secrets/foresail-webhook-certs`), "nnnn"],
    ["lists Secrets of ours", (who) => get(who, `${OURS}/secrets`), "nnnn"],
    ["acts as the webhook", (who) => post(who, `${OURS}/serviceaccounts/foresail-webhook/token`, token), "nnnn"],
    ["acts as the reconciler", (who) => post(who, `${OURS}/serviceaccounts/foresail-reconciler/token`, token), "nnnn"],
    ["writes catalogue data", (who) => post(who, `${OURS}/configmaps`, configMap), "nnnn"],
    ["changes the webhooks", (who) => patch(who, hooks, labelled), "nnnn"],
  ];

  for (const [what, action, allowed] of RIGHTS) {
    it(`${what}: ${describeRights(allowed)}`, async () => {
      const people: readonly Person[] = ["viewer", "editor", "administrator", "stranger"];
      const statuses = await Promise.all(people.map(action));
      const fitting = statuses.map((status) => (status === 403 ? "n" : status < 300 ? "y" : String(status)));
      expect(fitting.join("")).to.equal(allowed);
    });
  }

  it("can all be done by somebody, so none is refused for what it is", async () => {
    const admin = cluster().api;
    expect((await admin.call({ path: `${OURS}/secrets/foresail-webhook-certs` })).status).to.equal(200);
    for (const [path, body] of [
      [CLAIMS, claim],
      [`${OURS}/configmaps`, configMap],
      [`${OURS}/serviceaccounts/foresail-webhook/token`, token],
    ] as const) {
      const { status, body: answer } = await admin.call({ method: "POST", path: `${path}?dryRun=All`, body });
      expect(status, JSON.stringify(answer)).to.equal(201);
    }
  });

  it("are Kubernetes' own, by aggregation from two of ours that can be bound as well", async () => {
    for (const [role, has] of [
      ["view", ["view"]],
      ["edit", ["view", "edit"]],
      ["admin", ["view", "edit"]],
    ] as const) {
      const selector = `rbac.authorization.k8s.io/aggregate-to-${role}=true,app.kubernetes.io/part-of=foresail`;
      const names = await mustKubectl(["get", "clusterroles", "-l", selector, "-o", "name"]);
      expect(names.trim().split("\n").sort()).to.deep.equal(
        has.map((one) => `clusterrole.rbac.authorization.k8s.io/foresail-workspace-${one}`).sort(),
      );
    }
  });
});

function describeRights(allowed: string): string {
  const may = ["viewers", "editors", "administrators", "strangers"].filter((_, i) => allowed[i] === "y");
  return may.length === 0 ? "nobody" : may.join(", ");
}
