import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { serving } from "../e2e/workspaces.ts";
import { cluster, describeWith, namespace, waitFor } from "../support/cluster.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";

const folder = join(packageRoot(), "test/cases/policies");
const golden = join(folder, "expressions.json");
const expressions = readFileSync(join(folder, "expressions.txt"), "utf8").split("\n").filter(Boolean);
const BASE = "/apis/admissionregistration.k8s.io/v1";
const AT_ONCE = 10;
/** No expression has it as its value. */
const NEVER = "'\\u0001'";

/** What the API server makes of each expression: its value as format() prints it, its error, or why it is refused. */
interface Answer {
  readonly expression: string;
  readonly value?: string;
  readonly error?: string;
  readonly refused?: string;
}

/** A policy that always denies, with the value or the error of one expression, what has one label of its own. */
function policy(number: number, expression: string): JsonObject {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: `expression-${number}` },
    spec: {
      matchConstraints: {
        objectSelector: { matchLabels: { expression: String(number) } },
        resourceRules: [
          { apiGroups: ["kaito.sh"], apiVersions: ["v1beta1"], operations: ["CREATE"], resources: ["workspaces"] },
        ],
      },
      validations: [
        { expression: `dyn(${expression}) == ${NEVER}`, messageExpression: `'=%s'.format([${expression}])` },
      ],
    },
  };
}

function binding(number: number): JsonObject {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: `expression-${number}` },
    spec: { policyName: `expression-${number}`, validationActions: ["Deny"] },
  };
}

describeWith([], "expressions, evaluated by the API server", function () {
  this.timeout(180_000);
  let webhook: WebhookProcess;
  let space: string;
  let refusals: readonly (string | undefined)[];
  before(async () => {
    webhook = await startWebhook();
    space = await namespace("expressions");
    refusals = await all(expressions, (expression, number) => create(number, expression));
  });
  after(async () => {
    for (const kind of ["validatingadmissionpolicies", "validatingadmissionpolicybindings"]) {
      await all(expressions, (_, number) =>
        cluster().api.call({ method: "DELETE", path: `${BASE}/${kind}/expression-${number}` }),
      );
    }
    await webhook.uninstall();
  });

  it("come out as the golden file says, which the offline engine is held against", async () => {
    const made = refusals.lastIndexOf(undefined);
    await waitFor("the last policy to be in force", async () => (await ask(made)).status !== 201);
    const answers = await all(expressions, async (expression, number) => {
      const refused = refusals[number];
      if (refused !== undefined) return { expression, refused };
      return { expression, ...read((await ask(number)).message, expression) };
    });
    const object = (await ask("none")).object;
    const text = `${JSON.stringify({ object, answers }, null, 1).replaceAll(space, "NAMESPACE")}\n`;
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(golden, text);
    expect(text).to.equal(readFileSync(golden, "utf8"));
  });

  async function create(number: number, expression: string): Promise<string | undefined> {
    const path = `${BASE}/validatingadmissionpolicies`;
    const answer = await cluster().api.call({ method: "POST", path, body: policy(number, expression) });
    if (answer.status !== 201) return reasonOf(messageOf(answer.body));
    await cluster().api.must({
      method: "POST",
      path: `${BASE}/validatingadmissionpolicybindings`,
      body: binding(number),
    });
    return undefined;
  }

  async function ask(number: number | "none") {
    const body = serving("m", "phi-4", "Standard_NC24ads_A100_v4", {
      labels: { app: "chat", expression: String(number) },
    });
    const path = `/apis/kaito.sh/v1beta1/namespaces/${space}/workspaces?dryRun=All`;
    const { status, body: object } = await cluster().api.call({ method: "POST", path, body });
    return { status, message: messageOf(object), object: stored(object as JsonObject) };
  }
});

function messageOf(body: unknown): string {
  return (body as { readonly message?: string }).message ?? "";
}

/** Without what differs from run to run. */
function stored({ metadata, expansion, ...rest }: JsonObject): JsonObject {
  const { name, namespace: inside, labels } = (metadata ?? {}) as JsonObject;
  return {
    ...rest,
    metadata: { name, namespace: inside, labels },
    expansion: { ...(expansion as JsonObject), inputsHash: "" },
  };
}

/** The first complaint of the compiler. */
function reasonOf(message: string): string {
  const [, compiler] = /ERROR: <input>:\d+:\d+: (.*)/.exec(message) ?? [];
  // What is constant is evaluated when the policy is stored.
  const [, folded] = /program instantiation failed: (.*?)(?:, spec\.|\]$|$)/.exec(message) ?? [];
  return compiler ?? folded ?? message;
}

function read(message: string, expression: string): Omit<Answer, "expression"> {
  const said = message.slice(message.indexOf("denied request: ") + "denied request: ".length);
  if (said.startsWith("=")) return { value: said.slice(1) };
  const failed = `expression 'dyn(${expression}) == ${NEVER}' resulted in error: `;
  return { error: said.startsWith(failed) ? said.slice(failed.length) : said };
}

async function all<T, R>(items: readonly T[], act: (item: T, number: number) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE) {
    const part = items.slice(from, from + AT_ONCE);
    results.push(...(await Promise.all(part.map((item, i) => act(item, from + i)))));
  }
  return results;
}
