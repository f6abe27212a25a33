import { expect } from "chai";
import { after, before, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { getWorkspace, manifest, mustGetWorkspace, serving, workspacePath } from "../e2e/workspaces.ts";
import { cleared, collectionOf } from "../gitops/support/git.ts";
import { describeWith, mustKubectl, namespace, waitFor } from "../support/cluster.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";
import { createAs, grantRights, grantRole, patchAs, WORKSPACE_RIGHTS } from "./people.ts";

const WRITER = "writer@example.com";
const TRAINER = "trainer@example.com";
const EDITOR = "editor@example.com";
const A100 = "Standard_NC24ads_A100_v4";
const NO_WORKLOAD = /writer@example\.com may not create these in namespace .*gains no pod by a Workspace/;

const tuned = (name: string): JsonObject =>
  manifest(name, {
    resource: { instanceType: A100, labelSelector: { matchLabels: { apps: name } } },
    tuning: {
      preset: { name: "phi-3-mini-4k-instruct" },
      method: "lora",
      input: { urls: ["https://data.example/set.parquet"] },
      output: { image: "registry.example/out:1", imagePushSecret: "push" },
    },
  });

describeWith(["controllerManager"], "a user who may write Workspaces and make no pod", () => {
  let webhook: WebhookProcess;
  let place: string;
  before(async () => {
    webhook = await startWebhook();
    place = await namespace("writer");
    await grantRole(place, EDITOR, "edit");
    await grantRights(place, WRITER, [WORKSPACE_RIGHTS]);
    const jobs = { apiGroups: ["batch"], resources: ["jobs"], verbs: ["create"] };
    await grantRights(place, TRAINER, [WORKSPACE_RIGHTS, jobs]);
    await waitFor(
      "the editor's rights",
      async () => (await create(EDITOR, serving("m", "phi-4", A100))).status !== 403,
    );
    await waitFor("the bound", async () => NO_WORKLOAD.test((await create(WRITER, serving("probe", "phi-4"))).message));
  });
  after(async () => {
    await cleared(place);
    await webhook.uninstall();
  });

  const create = (user: string, body: JsonObject) => createAs(user, collectionOf(place), body);
  const patch = (user: string, body: JsonObject) => patchAs(user, workspacePath(place, "m"), body);
  const forged = {
    expansion: { podTemplate: { spec: { containers: [{ name: "model", image: "registry.example/e:1" }] } } },
  };
  const resized = { resource: { instanceType: "Standard_NC40ads_H100_v5" } };
  const scaled = { metadata: { annotations: { "foresail.dev/replicas": "3" } } };

  it("creates none, in either version, and changes no input of one that is there", async () => {
    for (const apiVersion of ["kaito.sh/v1beta1", "kaito.sh/v1alpha1"]) {
      const path = collectionOf(place).replace("kaito.sh/v1beta1", apiVersion);
      const answer = await createAs(WRITER, path, { ...serving("own", "phi-4", A100), apiVersion });
      expect(answer, apiVersion).to.include({ status: 403 });
      expect(answer.message).to.match(NO_WORKLOAD);
    }
    for (const body of [resized, scaled]) expect(await patch(WRITER, body)).to.include({ status: 403 });
    expect(await getWorkspace(place, "own")).to.equal(undefined);
  });

  it("nor while the webhook is away: what is written then would be expanded at somebody else's write", async () => {
    await webhook.suspended(async () => {
      for (const body of [resized, scaled, forged]) {
        const answer = await patch(WRITER, body);
        expect(answer, JSON.stringify(body)).to.include({ status: 403 });
        expect(answer.message).to.match(NO_WORKLOAD);
      }
      const { expansion } = await mustGetWorkspace(place, "m");
      const whole = { ...serving("own", "phi-4", A100), expansion: { ...expansion, ...forged.expansion } };
      expect(await create(WRITER, whole as JsonObject)).to.include({ status: 403 });
    });
    expect((await mustGetWorkspace(place, "m")).metadata.generation).to.equal(1);
  });

  it("labels and deletes those that are there, and an editor's go on", async () => {
    const metadata = { labels: { team: "a" }, finalizers: ["example.com/held"] };
    expect(await patch(WRITER, { metadata })).to.include({ status: 200 });
    expect(await patch(EDITOR, scaled)).to.include({ status: 200 });
    await mustKubectl(["delete", "workspace", "m", "-n", place, "--wait=false", `--as=${WRITER}`]);
    expect(await patch(WRITER, { metadata: { finalizers: null } })).to.include({ status: 200 });
    expect(await getWorkspace(place, "m")).to.equal(undefined);
  });

  it("is judged by the workload: who may create Jobs trains, and serves nothing", async () => {
    expect(await create(TRAINER, tuned("trained"))).to.include({ status: 201 });
    const serves = await create(TRAINER, serving("served", "phi-4", A100));
    expect(serves).to.include({ status: 403 });
    expect(serves.message).to.include("serves from Deployments and StatefulSets");
    expect((await create(WRITER, tuned("not"))).message).to.include("trains in a Job");
  });
});
