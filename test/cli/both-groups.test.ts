import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { parseAllDocuments } from "yaml";
import { BOTH_WORKSPACES } from "../../src/cli/workspaces.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { KubeObject } from "../../src/kube/kube.ts";
import { apiVersionOf } from "../../src/kube/resources.ts";
import { applied, empty, workspace } from "../core/imagine/clusters.ts";
import { FakeApiServer, isList } from "../kube/support/api-server.ts";
import { answer, json } from "../kube/support/rest.ts";
import { foresailHere } from "./support/here.ts";

describe("a cluster with Workspaces of both groups", () => {
  let server: FakeApiServer;
  before(async () => {
    server = await FakeApiServer.start();
    const [stored] = applied(empty(), workspace("phi", { annotations: {} })).workspaces;
    for (const resource of BOTH_WORKSPACES) {
      const apiVersion = apiVersionOf(resource);
      const uid = `uid-${resource.group}`;
      const one = { ...stored, apiVersion, kind: "Workspace", metadata: { ...stored?.metadata, uid } };
      server.store.put(
        `/apis/${apiVersion}/namespaces/default/workspaces/phi`,
        one as unknown as KubeObject & JsonObject & { metadata: JsonObject },
      );
    }
  });
  after(() => server.stop());
  const live = async (...args: readonly string[]) =>
    await foresailHere([...args, "--live", "--kubeconfig", server.kubeconfig(), "--context", "fake"]);
  const groupsIn = (yaml: string): readonly unknown[] =>
    parseAllDocuments(yaml).flatMap((document) => {
      const object = document.toJS() as JsonObject | null;
      return object === null ? [] : [object["apiVersion"]];
    });
  const refuse = (group: string, fault: Parameters<FakeApiServer["next"]>[1]): void =>
    server.next((request) => isList(request) && request.url.pathname.startsWith(`/apis/${group}/v1beta1`), fault);
  const unserved: Parameters<FakeApiServer["next"]>[1] = (_request, response) =>
    void json(response, 404, { kind: "Status", apiVersion: "v1", code: 404, reason: "NotFound", details: {} });

  it("is rendered and backed up whole, each object in its own group", async () => {
    const both = ["kaito.sh/v1beta1", "foresail.dev/v1beta1"];
    expect(groupsIn((await live("render")).stdout)).to.deep.equal(both);
    expect(groupsIn((await live("render", "--pinned")).stdout)).to.deep.equal(both);
  });

  it("need not serve both", async () => {
    refuse("foresail.dev", unserved);
    const { code, stdout, stderr } = await live("render");
    expect([code, stderr, groupsIn(stdout)]).to.deep.equal([0, "", ["kaito.sh/v1beta1"]]);
    refuse("kaito.sh", unserved);
    expect(groupsIn((await live("render")).stdout)).to.deep.equal(["foresail.dev/v1beta1"]);
    refuse("kaito.sh", unserved);
    refuse("foresail.dev", unserved);
    const none = await live("render");
    expect([none.code, none.stderr]).to.deep.equal([
      2,
      `${server.url} has no Workspace definition: nothing to render\n`,
    ]);
  });

  it("may be one that whoever asks may see one group of", async () => {
    refuse("foresail.dev", answer(403, "Forbidden"));
    server.next(
      ({ url }) => url.pathname === "/apis/foresail.dev/v1beta1",
      (_request, response) => void json(response, 200, { kind: "APIResourceList" }),
    );
    const { code, stdout, stderr } = await live("render");
    expect([code, groupsIn(stdout)]).to.deep.equal([0, ["kaito.sh/v1beta1"]]);
    expect(stderr).to.equal("not looked at, since you may not list them: workspaces.foresail.dev\n");
    refuse("foresail.dev", answer(403, "Forbidden"));
    refuse("foresail.dev", unserved);
    expect((await live("render")).stderr, "rights are asked before it is said to be not served").to.equal("");
    refuse("kaito.sh", answer(403, "Forbidden"));
    refuse("foresail.dev", unserved);
    const refused = await live("render");
    expect([refused.stdout, refused.code === 0], "nothing is known").to.deep.equal(["", false]);
    expect(server.pendingFaults).to.equal(0);
  });

  it("is explained whole, with how one of one name is chosen", async () => {
    const { stdout, stderr } = await live("explain", "-w", "phi");
    expect(stdout)
      .to.match(/^default\/phi: /m)
      .and.to.match(/^Workspace\.foresail\.dev default\/phi: /m);
    expect(stderr).to.include("default/phi is in kaito.sh and foresail.dev; one of them: -w workspaces.kaito.sh/phi");
    const one = await live("explain", "-w", "workspaces.foresail.dev/phi");
    expect(one.stdout)
      .to.match(/^Workspace\.foresail\.dev default\/phi: /)
      .and.to.not.match(/^default\/phi: /m);
    expect(one.stderr).to.not.include("one of them");
  });

  it("is planned whole", async () => {
    const { stdout } = await live("plan", "-o", "json");
    const { workspaces } = JSON.parse(stdout) as { workspaces: readonly { group?: string; name: string }[] };
    expect(workspaces.map(({ group, name }) => [group, name])).to.deep.equal([
      [undefined, "phi"],
      ["foresail.dev", "phi"],
    ]);
  });
});
