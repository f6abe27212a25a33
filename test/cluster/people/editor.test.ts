import { expect } from "chai";
import { after, before, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { manifest, mustGetWorkspace, serving, workspacePath } from "../e2e/workspaces.ts";
import { cleared, collectionOf } from "../gitops/support/git.ts";
import { apply, describeWith, mustKubectl, namespace, read, readItems, waitFor } from "../support/cluster.ts";
import { type Foresail, startForesail } from "../support/foresail.ts";
import { FORMS, OF_OTHERS, RULES_FOR_PODS } from "./forms.ts";
import { createAs, grantRole, patchAs } from "./people.ts";

const EDITOR = "editor@example.com";
const VIEWER = "viewer@example.com";
const A100 = "Standard_NC24ads_A100_v4";

interface Pod {
  readonly metadata: JsonObject;
  readonly spec: JsonObject;
}

describeWith(["controllerManager"], "an editor of a namespace", () => {
  let foresail: Foresail | undefined;
  let place: string;
  before(async () => {
    foresail = await startForesail();
    place = await namespace("people");
    const labels = ["pod-security.kubernetes.io/enforce=baseline", "example.com/bounded=true"];
    await mustKubectl(["label", "namespace", place, ...labels]);
    await apply(...RULES_FOR_PODS, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: OF_OTHERS, namespace: place },
    });
    await grantRole(place, EDITOR, "edit");
    await grantRole(place, VIEWER, "view");
    await waitFor("the roles to hold Workspaces", async () => (await tried(EDITOR)).status === 201);
    const wrong = podOf({ spec: { serviceAccountName: OF_OTHERS, containers: [{ name: "a", image: "b" }] } });
    await waitFor("the rules for pods", async () => (await createAs(EDITOR, pods(), wrong)).status === 403);
    await createAs(EDITOR, collectionOf(place), serving("edited", "phi-4", A100));
  });
  after(async () => {
    await cleared(place);
    for (const { kind, metadata } of RULES_FOR_PODS as unknown as readonly {
      kind: string;
      metadata: { name: string };
    }[])
      await mustKubectl(["delete", kind, metadata.name]);
    await foresail?.stop();
  });

  const pods = () => `/api/v1/namespaces/${place}/pods?dryRun=All`;
  const tried = (user: string) => createAs(user, `${collectionOf(place)}?dryRun=All`, serving("tried", "phi-4", A100));
  const podsOf = (name: string) =>
    readItems<Pod>(`/api/v1/namespaces/${place}/pods?labelSelector=kaito.sh/workspace%3D${name}`);

  /** The template of the one workload of a Workspace. */
  async function templateOf(name: string): Promise<Pod | undefined> {
    for (const path of ["apps/v1 deployments", "apps/v1 statefulsets", "batch/v1 jobs"]) {
      const [version, plural] = path.split(" ");
      const workload = await read<{ spec: { template: Pod } }>(
        `/apis/${version}/namespaces/${place}/${plural}/${name}`,
      );
      if (workload !== undefined) return workload.spec.template;
    }
    return undefined;
  }

  /** Waits until there is a pod, or Kubernetes' words why not. */
  async function outcomeOf(name: string): Promise<{ readonly pods: number; readonly words: string }> {
    let conditions: unknown;
    const found = waitFor(`pods of ${name}, or why there are none`, async () => {
      const { length } = await podsOf(name);
      const { status } = await mustGetWorkspace(place, name);
      conditions = status?.conditions;
      const refused = status?.conditions?.find((one) => one.type === "Ready" && one.reason === "PodRefused");
      if (length === 0 && refused === undefined) return undefined;
      return { pods: length, words: refused?.message ?? "" };
    });
    return await found.catch((error: unknown) => {
      throw new Error(`${String(error)}; conditions: ${JSON.stringify(conditions)}`);
    });
  }

  it("creates every form of Workspace, and gets those pods that this user could create, and no others", async () => {
    const named = FORMS.map((form, i) => ({ ...form, name: `form-${i}` }));
    for (const { what, name, workspace } of named) {
      expect(await createAs(EDITOR, collectionOf(place), workspace(name)), what).to.include({ status: 201 });
    }
    for (const { what, name, allowed } of named) {
      const { pods: made, words } = await outcomeOf(name);
      const template = await templateOf(name);
      if (template === undefined) throw new Error(`${what}: there is no workload`);
      const self = await createAs(EDITOR, pods(), podOf(template));
      expect([self.status, made > 0], `${what}: ${self.message}; ${words}`).to.deep.equal(
        allowed ? [201, true] : [403, false],
      );
      if (!allowed) expect(words, what).to.match(/violates PodSecurity "baseline|what is of others is not yours/);
    }
    const all = await readItems<Pod>(`/api/v1/namespaces/${place}/pods`);
    for (const { spec } of all) {
      expect(JSON.stringify(spec)).to.not.match(/"hostPath"|"privileged":true|"hostNetwork":true|of-others|SYS_ADMIN/);
    }
  });

  it("cannot name a node, nor anything of another namespace", async () => {
    const resource = { instanceType: A100, labelSelector: { matchLabels: { apps: "m" } } };
    const spec = { nodeName: "control-plane-1", containers: [{ name: "a", image: "registry.example/a:1" }] };
    const refusals: readonly (readonly [JsonObject, RegExp])[] = [
      [manifest("m", { resource, inference: { template: { spec } } }), /spec\.nodeName goes past the scheduler/],
      [
        manifest("m", { resource, inference: { preset: { name: "phi-4" }, template: { spec: { nodeName: "n" } } } }),
        /spec\.nodeName goes past the scheduler/,
      ],
      ...["weights-claim", "api-key-secret"].map((key) => {
        const annotations = { [`foresail.dev/${key}`]: "kube-system/theirs" };
        return [serving("m", "phi-4", A100, { annotations }), /must be the name of a/] as const;
      }),
      [
        manifest("m", { resource, inference: { preset: { name: "phi-4" }, config: "kube-system/theirs" } }),
        /must be the name of a ConfigMap/,
      ],
    ];
    for (const [body, words] of refusals) {
      const answer = await createAs(EDITOR, collectionOf(place), body);
      expect([answer.status, answer.message]).to.satisfy(
        ([status, text]: [number, string]) => status === 403 && words.test(text),
      );
    }
  });

  it("edits no expansion into a pod: undone while the webhook is there, refused by the reconciler while it is not", async () => {
    if (foresail === undefined) throw new Error("not started");
    const name = "edited";
    const before = (await mustGetWorkspace(place, name)).expansion;
    const evil = {
      podTemplate: {
        spec: { serviceAccountName: "default", containers: [{ name: "model", image: "registry.example/evil:1" }] },
      },
    };
    expect(await patchAs(EDITOR, workspacePath(place, name), { expansion: evil })).to.include({ status: 200 });
    expect((await mustGetWorkspace(place, name)).expansion).to.deep.equal(before);
    await outcomeOf(name);
    const template = await templateOf(name);
    await foresail.webhook.suspended(async () => {
      for (const catalog of ["9999.1.0", before?.catalog ?? ""]) {
        const body = { expansion: { ...evil, catalog } };
        expect(await patchAs(EDITOR, workspacePath(place, name), body)).to.include({ status: 200 });
        await waitFor(`the reconciler to refuse ${catalog}`, async () => {
          const conditions = (await mustGetWorkspace(place, name)).status?.conditions ?? [];
          const wanted = catalog === before?.catalog ? "ExpansionNotOurs" : "ReleaseNotCarried";
          return conditions.some(({ type, reason }) => type === "Ready" && reason === wanted);
        });
        expect(await templateOf(name), catalog).to.deep.equal(template);
      }
    });
    expect(JSON.stringify(await readItems(`/api/v1/namespaces/${place}/pods`))).to.not.include("evil");
  });

  it("writes no status, by which the reconciler knows what it has accepted", async () => {
    const body = { status: { acceptedExpansion: "sha256:forged" } };
    const answer = await patchAs(EDITOR, `${workspacePath(place, "edited")}/status`, body);
    expect(answer).to.include({ status: 403 });
    expect(answer.message).to.include("workspaces/status");
    await patchAs(EDITOR, workspacePath(place, "edited"), body);
    expect((await mustGetWorkspace(place, "edited")).status?.acceptedExpansion).to.not.equal("sha256:forged");
  });

  it("is more than a viewer, who reads Workspaces and writes none", async () => {
    const answer = await tried(VIEWER);
    expect(answer).to.include({ status: 403 });
    expect(answer.message).to.include('cannot create resource "workspaces"');
    const edited = await patchAs(VIEWER, workspacePath(place, "edited"), { metadata: { labels: { a: "b" } } });
    expect(edited.message).to.include('cannot patch resource "workspaces"');
    const listed = await mustKubectl(["get", "workspaces", "-n", place, `--as=${VIEWER}`]);
    expect(listed).to.include("edited");
  });
});

function podOf({ metadata, spec }: { readonly metadata?: JsonObject; readonly spec: JsonObject }): JsonObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, name: "self" }, spec };
}
