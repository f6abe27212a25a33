import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { parse, stringify } from "yaml";
import { textAt } from "../../../src/core/capacity/fields.ts";
import { isObject, type Json, type JsonObject } from "../../../src/core/json.ts";
import { type ControlPlane, startControlPlane } from "../../../src/local/control-plane.ts";
import { prepareTools } from "../../../src/local/tools.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { scaledClock } from "../../support/arm/clock.ts";
import { startFakeArm } from "../../support/arm/fake-arm.ts";
import { claimManifest, freshName, poolOf } from "../machines/claims.ts";
import { aksArguments } from "../support/aks.ts";
import { cluster, waitFor } from "../support/cluster.ts";
import { type Program, start } from "./process.ts";

const RUNNING = "webhook and reconciler are running";
const CRD = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const GONE_MS = 180_000;
const CONFIGURATIONS = ["mutating", "validating"].map(
  (phase) => `/apis/admissionregistration.k8s.io/v1/${phase}webhookconfigurations`,
);

describe("foresail up and down", function () {
  this.timeout(180_000);
  let own: ControlPlane | undefined;
  const programs: Program[] = [];

  before(async function () {
    if (!cluster().capabilities.controllerManager) this.skip();
    const answer = await prepareTools();
    if (answer.kind === "unavailable") throw new Error(answer.reason);
    own = await startControlPlane({ tools: answer.tools, without: ["karpenter", "kwok", "scheduler"] });
  });
  afterEach(async () => {
    for (const program of programs.splice(0)) {
      program.kill("SIGKILL");
      await program.ended;
    }
  });
  after(async () => await own?.stop());

  const controlPlane = (): ControlPlane => own ?? expect.fail("no control plane");
  const here = (...args: string[]): Program => {
    const { kubeconfig, context } = controlPlane();
    const [name = "", ...rest] = args;
    const program = start([name, "--kubeconfig", kubeconfig, "--context", context, ...rest]);
    programs.push(program);
    return program;
  };
  const get = async (path: string): Promise<Json | undefined> => {
    const { status, body } = await controlPlane().api.call({ path });
    return status === 404 ? undefined : body;
  };
  const create = async (path: string, body: JsonObject): Promise<string> => {
    const made = await controlPlane().api.must({ method: "POST", path, body });
    return `${path}/${textAt(made, "metadata", "name")}`;
  };
  const remove = async (path: string): Promise<void> => {
    await controlPlane().api.must({ method: "DELETE", path });
    // The API server takes a definition away when it has looked for its objects, which took over a minute once.
    await waitFor(`${path} to be gone`, async () => (await get(path)) === undefined, GONE_MS);
  };
  const configurationNames = async (): Promise<readonly (string | undefined)[]> => {
    const lists = await Promise.all(CONFIGURATIONS.map(get));
    return lists.flatMap(itemsOf).map((item) => textAt(item, "metadata", "name"));
  };

  /** Everything `up` could have written, so that "nothing was changed" can be compared. */
  const everything = async (): Promise<string> => {
    const paths = [
      CRD,
      "/api/v1/namespaces",
      "/apis/rbac.authorization.k8s.io/v1/clusterroles",
      "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
      "/api/v1/serviceaccounts",
      ...CONFIGURATIONS,
    ];
    const items = (await Promise.all(paths.map(get))).flatMap(itemsOf);
    return items.map((item) => `${textAt(item, "metadata", "uid")} ${textAt(item, "metadata", "name")}`).join("\n");
  };

  const foreign: readonly (readonly [string, RegExp, () => Promise<string>])[] = [
    [
      "KAITO's definition is installed",
      /CustomResourceDefinition workspaces\.kaito\.sh is KAITO's/,
      () => create(CRD, kaitoDefinition()),
    ],
    [
      "KAITO's controller runs",
      /KAITO's controller runs as Deployment kube-system\/kaito: try Foresail beside it, .*; or scale it to 0/,
      () => create("/apis/apps/v1/namespaces/kube-system/deployments", kaitoDeployment()),
    ],
    [
      "another webhook is called for kaito.sh",
      /ValidatingWebhookConfiguration validation\.workspace\.kaito\.sh is called for kaito\.sh/,
      () => create(CONFIGURATIONS[1] ?? "", foreignWebhook()),
    ],
  ];
  for (const [what, message, install] of foreign) {
    it(`changes nothing and ends with 2 where ${what}`, async () => {
      const path = await install();
      try {
        const before = await everything();
        const program = here("up");
        expect(await program.ended).to.equal(2);
        expect(program.stderr()).to.match(message);
        expect(program.stderr()).to.match(/^server https:\/\/127\.0\.0\.1:\d+, context foresail-local\n/);
        expect(await everything()).to.equal(before);
      } finally {
        await remove(path);
      }
    }).timeout(2 * GONE_MS);
  }

  it("expands Workspaces while it runs, lets nobody else in, removes its configurations on Ctrl-C; down removes the rest", async () => {
    const before = await everything();
    const up = here("up");
    await up.said(RUNNING);
    const { stdout, stderr } = await controlPlane().kubectl([
      "create",
      "--dry-run=server",
      "-o",
      "jsonpath={.expansion.instanceType}",
      "-f",
      join(packageRoot(), "examples/inference/kaito_workspace_phi_3.yaml"),
    ]);
    expect(stdout, stderr).to.equal("Standard_NC6s_v3");
    for (const path of CONFIGURATIONS) {
      const [configuration] = itemsOf(await get(path));
      expect(textAt(configuration, "metadata", "annotations", "foresail.dev/up-pid")).to.equal(String(up.pid));
      expect(JSON.stringify(configuration))
        .to.contain('"failurePolicy":"Fail"')
        .and.to.match(/https:\/\/127\.0\.0\.1:\d+\//);
    }
    const second = here("up");
    expect(await second.ended).to.equal(2);
    expect(second.stderr()).to.contain(`process ${up.pid} on this machine runs foresail up for it`);
    up.kill("SIGINT");
    expect(await up.ended).to.equal(0);
    expect(await configurationNames()).to.deep.equal([]);
    const down = here("down", "--everything");
    expect(await down.ended, down.stderr()).to.equal(0);
    await waitFor("everything up made to be gone", async () => (await everything()) === before);
  });

  it("tidies up after one that was killed: at the next start, and by down", async () => {
    const killed = here("up");
    await killed.said(RUNNING);
    killed.kill("SIGKILL");
    await killed.ended;
    expect(await configurationNames()).to.deep.equal(["foresail", "foresail"]);
    const next = here("up");
    await next.said(RUNNING);
    expect(next.stderr()).to.contain("removed the webhook configurations of an earlier run that was killed");
    next.kill("SIGKILL");
    await next.ended;
    const down = here("down");
    expect(await down.ended).to.equal(0);
    expect(await configurationNames()).to.deep.equal([]);
  });

  it("keeps the definitions while a Workspace is left, and says how it ends", async () => {
    const up = here("up");
    await up.said(RUNNING);
    const example = join(packageRoot(), "examples/inference/kaito_workspace_phi_3.yaml");
    expect((await controlPlane().kubectl(["create", "-f", example])).code).to.equal(0);
    up.kill("SIGTERM");
    expect(await up.ended).to.equal(0);
    const down = here("down", "--everything");
    expect(await down.ended).to.equal(0);
    expect(down.stderr()).to.contain("1 Workspaces stay with their definition");
    expect(down.stderr()).to.contain("default/workspace-phi-3-mini").and.to.contain("--delete-models ends them");
    expect(await get(`${CRD}/workspaces.kaito.sh`)).not.to.equal(undefined);
    const rest = here("down", "--everything", "--delete-models");
    expect(await rest.ended, rest.stderr()).to.equal(0);
    expect(rest.stderr()).to.contain("nothing of Foresail is left");
    expect(await get(`${CRD}/workspaces.kaito.sh`)).to.equal(undefined);
  });

  it("is the provider of agent pools itself, with the rights for it; down --everything takes those, too", async function () {
    this.timeout(2 * GONE_MS);
    const arm = await startFakeArm({ clock: scaledClock(300) });
    try {
      const up = here("up", ...aksArguments(arm));
      await up.said(RUNNING);
      const name = freshName();
      const claim = await create("/apis/karpenter.sh/v1/nodeclaims", claimManifest(name));
      await waitFor("the pool", () => poolOf(arm, name) !== undefined);
      await controlPlane().api.must({ method: "DELETE", path: claim });
      await waitFor("claim and pool to be gone", async () => (await get(claim)) === undefined, GONE_MS);
      expect(poolOf(arm, name)).to.equal(undefined);
      up.kill("SIGINT");
      expect(await up.ended).to.equal(0);
      const down = here("down", "--everything");
      expect(await down.ended, down.stderr()).to.equal(0);
      expect(down.stdout() + down.stderr()).to.contain("removed ClusterRole foresail-machines");
      await waitFor("all that up made to be gone", async () => !/foresail|kaito\.sh/.test(await everything()), GONE_MS);
    } finally {
      await arm.close();
    }
  });

  it("shows what the cluster holds by render --live", async () => {
    const up = here("up");
    await up.said(RUNNING);
    const example = join(packageRoot(), "examples/inference/kaito_workspace_phi_3.yaml");
    await controlPlane().kubectl(["create", "-f", example]);
    const live = here("render", "--live", "--format", "json");
    expect(await live.ended, live.stderr()).to.equal(0);
    const file = start(["render", example, "--format", "json"]);
    expect(await file.ended).to.equal(0);
    expect(live.stdout()).to.equal(file.stdout());
    await controlPlane().kubectl(["delete", "-f", example, "--timeout=60s"]);
    up.kill("SIGTERM");
    await up.ended;
  });

  it("explains what the cluster holds by explain --live, as it would the files", async () => {
    const up = here("up");
    await up.said(RUNNING);
    const folder = mkdtempSync(join(tmpdir(), "foresail-explained-"));
    const file = join(folder, "explained.yaml");
    writeFileSync(file, EXPLAINED);
    expect((await controlPlane().kubectl(["create", "-f", file])).code).to.equal(0);
    const asked = ["--today", "2026-11-28", "--name", "explained", "-o", "json"];
    const live = here("explain", "--live", "-n", "default", ...asked);
    expect(await live.ended, live.stderr()).to.equal(0);
    const stated = start(["explain", file, ...asked]);
    expect(await stated.ended, stated.stderr()).to.equal(0);
    const { workspaces } = JSON.parse(live.stdout()) as { readonly workspaces: readonly ExplainedAs[] };
    // What the cluster says of it stands in no file.
    expect(workspaces.map(({ state: _, ...rest }) => rest)).to.deep.equal(withoutPlaces(JSON.parse(stated.stdout())));
    // The ConfigMap of the cluster wins over what was sized, and the stored expansion is not another than ours.
    const value = (path: string) => workspaces[0]?.values.find((one) => one.path === path);
    expect(value("flags.max-model-len")).to.include({ value: "2048", origin: "git" });
    expect(value("memory.maxModelLen")).to.include({ value: 16_384, origin: "size" });
    expect(workspaces[0]?.values.filter(({ origin }) => origin === "stored")).to.deep.equal([]);
    expect(live.stderr()).to.contain("default/explained warning price/stale prices of 2026-06-18 are 163 days old");
    const none = here("explain", "--live", "-n", "kube-system");
    expect(await none.ended).to.equal(0);
    expect(none.stderr()).to.contain("no Workspace found");
    await controlPlane().kubectl(["delete", "-f", file, "--timeout=60s"]);
    rmSync(folder, { recursive: true });
    up.kill("SIGTERM");
    await up.ended;
  });
});

const EXPLAINED = `apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata: {name: explained, namespace: default}
resource: {labelSelector: {matchLabels: {apps: phi}}}
inference: {preset: {name: phi-4}, config: mine}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: mine, namespace: default}
data:
  inference_config.yaml: |
    vllm: {max-model-len: 2048}
`;

interface ExplainedAs {
  readonly state?: unknown;
  readonly values: readonly { readonly path: string; readonly value: unknown; readonly origin: string }[];
}

/** What stands in files has a file and lines. */
function withoutPlaces({ workspaces }: { readonly workspaces: readonly (JsonObject & ExplainedAs)[] }): Json {
  const text = JSON.stringify(workspaces, (key, value) => (key === "file" || key === "line" ? undefined : value));
  return JSON.parse(text) as Json;
}

function itemsOf(list: Json | undefined): readonly JsonObject[] {
  const items = isObject(list) ? list["items"] : undefined;
  return Array.isArray(items) ? items.filter(isObject) : [];
}

/** Ours without `expansion`, which is what KAITO's amounts to. */
function kaitoDefinition(): JsonObject {
  const text = readFileSync(join(packageRoot(), "manifests/crds/workspaces.kaito.sh.yaml"), "utf8");
  const definition = parse(text) as { spec: { versions: { schema: { openAPIV3Schema: { properties: object } } }[] } };
  for (const { schema } of definition.spec.versions) {
    const { expansion: _, ...rest } = schema.openAPIV3Schema.properties as { expansion: unknown };
    schema.openAPIV3Schema.properties = rest;
  }
  return parse(stringify(definition, { aliasDuplicateObjects: false })) as JsonObject;
}

function kaitoDeployment(): JsonObject {
  const labels = { "app.kubernetes.io/name": "workspace" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "kaito", labels },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "workspace", image: "kaito" }] } },
    },
  };
}

function foreignWebhook(): JsonObject {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "validation.workspace.kaito.sh" },
    webhooks: [
      {
        name: "validation.workspace.kaito.sh",
        admissionReviewVersions: ["v1"],
        clientConfig: { url: "https://127.0.0.1:1/validate" },
        failurePolicy: "Ignore",
        rules: [{ apiGroups: ["kaito.sh"], apiVersions: ["*"], operations: ["CREATE"], resources: ["workspaces"] }],
        sideEffects: "None",
      },
    ],
  };
}
