import { expect } from "chai";
import { it } from "mocha";
import { expand } from "../../../src/core/expand.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, serving, tuning, workspace } from "../../core/support/workspaces.ts";
import { cluster, describeWith, namespace } from "../support/cluster.ts";

/** Creates a Pod from a template by dry run; the answer is what the API server holds against it. */
async function dryRun(space: string, template: JsonObject): Promise<string> {
  const body = {
    apiVersion: "v1",
    kind: "Pod",
    ...template,
    metadata: { ...(template["metadata"] as JsonObject), name: "p" },
  };
  const answer = await cluster().api.call({
    method: "POST",
    path: `/api/v1/namespaces/${space}/pods?dryRun=All&fieldValidation=Strict`,
    body,
  });
  return answer.status === 201 ? "" : JSON.stringify(answer.body);
}

describeWith(["controllerManager"], "stored pod templates", () => {
  it("are valid for every preset on every size, served and tuned, with adapters and on own nodes", async () => {
    const space = await namespace("pods");
    const sizes = catalogue.current.instanceTypes.map((type) => type.name);
    const adapters = [
      { source: { name: "a", image: "registry.example/a:1", imagePullSecrets: ["s"] } },
      { source: { name: "b", volumeSource: { emptyDir: {} } } },
    ];
    const objects: readonly Workspace[] = catalogue.current.models.flatMap(({ name }) => [
      ...sizes.flatMap((size) => [serving(name, size), tuning(name, size)]),
      serving(name, undefined, { "foresail.dev/provision": "false" }),
      serving(name, undefined, {
        "foresail.dev/capacity-type": "spot",
        "foresail.dev/placement": "shared",
        "kaito.sh/runtime": "transformers",
      }),
      workspace({ resource: { labelSelector: {} }, inference: { preset: { name }, adapters, config: "mine" } }),
    ]);
    const templates = new Map<string, JsonObject>();
    for (const object of objects) {
      const { expansion } = expand(object, catalogue);
      if (expansion !== undefined) templates.set(JSON.stringify(expansion.podTemplate), expansion.podTemplate);
    }
    expect(templates.size).to.be.greaterThan(100);
    const found = await Promise.all([...templates.values()].map((template) => dryRun(space, template)));
    expect(found.filter((fault) => fault !== "")).to.deep.equal([]);
  });
});
