import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { connect } from "../../../src/kube/connect.ts";
import type { Kube } from "../../../src/kube/kube.ts";
import { createAttachments } from "../../../src/reconciler/machines/attachments.ts";
import { FakeApiServer, isList } from "../../kube/support/api-server.ts";
import { answer } from "../../kube/support/rest.ts";
import { handClock } from "./hand-clock.ts";

const PATH = "/apis/storage.k8s.io/v1/volumeattachments";
const signal = new AbortController().signal;

describe("volumes that are attached", () => {
  let server: FakeApiServer;
  let kube: Kube;
  const lists = () => server.seen.filter(({ url }) => url.pathname === PATH).length;
  beforeEach(async () => {
    server = await FakeApiServer.start();
    kube = await connect({ kubeconfig: server.kubeconfig() });
    server.store.put(`${PATH}/v1`, { metadata: { name: "v1" }, spec: { nodeName: "n1" } });
  });
  afterEach(async () => {
    await kube.close();
    await server.stop();
  });

  it("are listed once for all claims that ask within four seconds", async () => {
    const { clock, advance } = handClock();
    const attachments = createAttachments(kube, clock);
    const seen = await Promise.all(Array.from({ length: 50 }, () => attachments(signal)));
    expect(seen.map((items) => items.map(({ metadata }) => metadata.name).join())).to.deep.equal(Array(50).fill("v1"));
    advance(3_999);
    await attachments(signal);
    expect(lists()).to.equal(1);
    server.store.delete(`${PATH}/v1`);
    advance(1);
    expect(await attachments(signal)).to.deep.equal([]);
    expect(lists()).to.equal(2);
  });

  it("are none where they cannot be listed: that fails, and is asked again", async () => {
    const attachments = createAttachments(kube, handClock().clock);
    server.next(isList, answer(403, "Forbidden"));
    const failed = await attachments(signal).then(
      () => "listed",
      () => "failed",
    );
    expect(failed).to.equal("failed");
    expect(await attachments(signal)).to.have.length(1);
  });
});
