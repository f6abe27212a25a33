import { expect } from "chai";
import { after, before, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { cluster, describeWith, namespace } from "../support/cluster.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";
import { applyIn, getWorkspace, manifest, refused, serving, workspacePath } from "./workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const selector = { labelSelector: { matchLabels: { apps: "m" } } };
const sized = { ...selector, instanceType: A100 };
const phi4 = { preset: { name: "phi-4" } };
const tune = {
  preset: { name: "phi-4" },
  method: "lora",
  input: { urls: ["https://example.com/a.parquet"] },
  output: { image: "registry.example/a:1", imagePushSecret: "s" },
};

interface Status {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: { readonly causes?: readonly { readonly field: string }[] };
}

const refusals: readonly {
  readonly what: string;
  readonly object: JsonObject;
  readonly field: string;
  readonly says: RegExp;
}[] = [
  {
    what: "an unknown preset",
    object: manifest("m", { resource: sized, inference: { preset: { name: "phi-5" } } }),
    field: "inference.preset.name",
    says: /nearest are phi-4/,
  },
  {
    what: "an unknown size",
    object: manifest("m", { resource: { ...selector, instanceType: "Standard_NC24ads_A100_v9" }, inference: phi4 }),
    field: "resource.instanceType",
    says: /nearest are Standard_NC24ads_A100_v4/,
  },
  {
    what: "a size too small",
    object: manifest("m", { resource: { ...selector, instanceType: "Standard_NC6s_v3" }, inference: phi4 }),
    field: "resource.instanceType",
    says: /must hold 31\.94 GiB and offers 13\.17 GiB.*fits on Standard_NC24ads_A100_v4/,
  },
  {
    what: "both inference and tuning",
    object: manifest("m", { resource: sized, inference: phi4, tuning: tune }),
    field: "inference",
    says: /exactly one of inference and tuning, given both/,
  },
  {
    what: "a missing labelSelector",
    object: manifest("m", { resource: { instanceType: A100 }, inference: phi4 }),
    field: "resource.labelSelector",
    says: /resource\.labelSelector is required/,
  },
  {
    what: "wrong types",
    object: manifest("m", { resource: { ...sized, count: "two" }, inference: phi4 }),
    field: "resource.count",
    says: /must be of type integer, given "two"/,
  },
  {
    what: "a name too long for its children",
    object: serving("n".repeat(53), "phi-4", A100),
    field: "metadata.name",
    says: /53 characters.*room for 52/,
  },
  {
    what: "generateName",
    object: {
      apiVersion: "kaito.sh/v1beta1",
      kind: "Workspace",
      metadata: { generateName: "m-" },
      resource: sized,
      inference: phi4,
    },
    field: "metadata.name",
    says: /generateName/,
  },
];

describeWith([], "bad input on the real API server", () => {
  let webhook: WebhookProcess;
  let space: string;
  before(async () => {
    webhook = await startWebhook();
    space = await namespace("bad");
  });
  after(() => webhook.uninstall());

  for (const { what, object, field, says } of refusals) {
    it(`refuses ${what} with 403 and the field, and stores nothing`, async () => {
      const path = `/apis/kaito.sh/v1beta1/namespaces/${space}/workspaces`;
      const answer = await cluster().api.call({ method: "POST", path, body: object });
      const status = answer.body as unknown as Status;
      expect([answer.status, status.reason]).to.deep.equal([403, "Forbidden"]);
      expect(status.message).to.match(says);
      expect(status.details?.causes?.map((cause) => cause.field)).to.include(field);
      const list = await cluster().api.call({ path });
      expect((list.body as unknown as { items: unknown[] }).items).to.deep.equal([]);
    });
  }

  it("leaves unknown fields to strict clients: kubectl and server-side apply refuse them", async () => {
    const misspelt = manifest("m", { resource: { ...sized, instanceTyp: A100 }, inference: phi4 });
    expect(await refused(["create", "--validate=strict", "-n", space, "-f", "-"], misspelt)).to.match(
      /unknown field "resource\.instanceTyp"/,
    );
    expect(await refused(["apply", "--server-side", "-n", space, "-f", "-"], misspelt)).to.match(/instanceTyp/);
    expect(await getWorkspace(space, "m")).to.equal(undefined);
  });

  it("shows the warnings of a good Workspace and keeps the refused update out", async () => {
    await applyIn(space, serving("kept", "phi-4", A100));
    const before = await getWorkspace(space, "kept");
    const answer = await cluster().api.call({
      method: "PATCH",
      path: workspacePath(space, "kept"),
      contentType: "application/merge-patch+json",
      body: { inference: { preset: { name: "nope" } } },
    });
    expect(answer.status).to.equal(403);
    expect(await getWorkspace(space, "kept")).to.deep.equal(before);
  });
});
