import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import type { PolicyIssue } from "../../../src/core/policy/issues.ts";
import {
  type Case,
  type CaseFile,
  inNamespace,
  offline,
  POLICY_PARAMETERS,
  parametersOf,
  shippedCases,
  usersCases,
  workspaceOf,
} from "../../support/policies/cases.ts";
import { apply, cluster, describeWith, kubectl, mustKubectl, namespace, waitFor } from "../support/cluster.ts";
import { installOwnGroup, removeOwnGroup } from "../support/own-group.ts";
import { keepParametersWatched } from "../support/parameters-watched.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";

/** What someone meets who creates the Workspace of a case. */
interface Answer {
  readonly denied?: string;
  readonly warned?: string;
}

const DENIED = "denied request: ";

async function labelled({ namespaceLabels = {} }: Case): Promise<string> {
  const name = await namespace("policy");
  for (const [key, value] of Object.entries(namespaceLabels)) {
    await mustKubectl(["label", "namespace", name, `${key}=${value}`]);
  }
  return name;
}

async function create(space: string, body: JsonObject): Promise<string | undefined> {
  const path = `/apis/${String(body["apiVersion"])}/namespaces/${space}/workspaces?dryRun=All`;
  const answer = await cluster().api.call({ method: "POST", path, body });
  if (answer.status === 201) return undefined;
  const message = (answer.body as { readonly message?: string }).message ?? "";
  return message.includes(DENIED) ? message.slice(message.indexOf(DENIED) + DENIED.length) : message;
}

/** A warning comes as a header, which kubectl prints. */
async function warning(space: string, body: JsonObject): Promise<string | undefined> {
  const input = JSON.stringify({ ...body, metadata: { ...(body["metadata"] as JsonObject), namespace: space } });
  const { stderr } = await kubectl(["create", "--dry-run=server", "-f", "-"], input);
  return /with binding '[^']*': (.*)/.exec(stderr)?.[1];
}

function expected(issues: readonly PolicyIssue[]): Answer {
  const [denied] = issues.filter(({ code }) => code === "policy/denied");
  const [warned] = issues.filter(({ code }) => code === "policy/warned");
  return { ...(denied && { denied: denied.message }), ...(warned && { warned: warned.message }) };
}

/** Policies are read in their order: what was stored before one that is in force is in force, too. */
function canary(name: string): readonly JsonObject[] {
  const rule = { apiGroups: ["kaito.sh"], apiVersions: ["v1beta1"], operations: ["CREATE"], resources: ["workspaces"] };
  const apiVersion = "admissionregistration.k8s.io/v1";
  const matchConstraints = { objectSelector: { matchLabels: { canary: name } }, resourceRules: [rule] };
  const validations = [{ expression: "false", message: name }];
  return [
    {
      apiVersion,
      kind: "ValidatingAdmissionPolicy",
      metadata: { name },
      spec: { matchConstraints, validations },
    },
    {
      apiVersion,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name },
      spec: { policyName: name, validationActions: ["Deny"] },
    },
  ];
}

async function remove(objects: readonly JsonObject[]): Promise<void> {
  const list = { apiVersion: "v1", kind: "List", items: objects };
  await mustKubectl(["delete", "--ignore-not-found", "-f", "-"], JSON.stringify(list));
}

describeWith([], "policies, judged by the API server as offline", () => {
  let webhook: WebhookProcess;
  let canaries = 0;
  let applied: readonly JsonObject[] = [];
  before(async () => {
    webhook = await startWebhook();
    await installOwnGroup();
    await keepParametersWatched();
  });
  after(async () => {
    await removeOwnGroup();
    await webhook.uninstall();
  });
  afterEach(async () => {
    if (applied.length > 0) await remove(applied);
    applied = [];
  });

  async function inForce(objects: readonly JsonObject[], space: string): Promise<void> {
    const bird = canary(`canary-${++canaries}`);
    applied = [...objects, ...bird];
    await apply(...objects);
    await apply(...bird);
    const labels = { canary: `canary-${canaries}` };
    const probe = { ...workspaceOf({ name: "", allowed: true, workspace: { preset: "phi-4", labels } }) };
    await waitFor("the policies to be in force", async () => (await create(space, probe)) !== undefined);
  }

  for (const [title, files] of [
    ["those that ship", shippedCases()],
    ["those of others", usersCases()],
  ] as const) {
    describe(title, () => {
      for (const file of files) for (const one of file.cases) it(`${file.name}: ${one.name}`, () => compare(file, one));
    });
  }

  async function compare(file: CaseFile, one: Case): Promise<void> {
    const space = await labelled(one);
    const want = expected(offline(file, one, space));
    const parameters = parametersOf(one);
    if (file.objects.some((object) => JSON.stringify(object).includes(POLICY_PARAMETERS.name))) {
      await inForce([...inNamespace(file.objects, space), ...parameters], space);
    } else await inForce(inNamespace(file.objects, space), space);
    const body = workspaceOf(one);
    // Parameters are watched apart from policies.
    const ask = async (): Promise<Answer> => {
      const denied = await create(space, body);
      const warned = one.allowed && one.message !== undefined ? await warning(space, body) : undefined;
      return { ...(denied !== undefined && { denied }), ...(warned !== undefined && { warned }) };
    };
    const settled = waitFor("one answer", async () => JSON.stringify(await ask()) === JSON.stringify(want), 10_000);
    await settled.catch(() => undefined);
    expect(await ask()).to.deep.equal(want);
  }
});
