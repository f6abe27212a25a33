import type { ServerResponse } from "node:http";
import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { followPodLogs } from "../../../src/cli/watch/pod-logs.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { connect } from "../../../src/kube/connect.ts";
import { KubeError } from "../../../src/kube/error.ts";
import type { Kube, KubeObject } from "../../../src/kube/kube.ts";
import { FakeApiServer, type Fault, isList, isWatch, type Seen } from "../../kube/support/api-server.ts";
import { answer } from "../../kube/support/rest.ts";
import { until } from "../../kube/support/until.ts";

const PODS = "/api/v1/namespaces/foresail-system/pods";
const isLogOf = (name: string) => (request: Seen) => request.url.pathname === `${PODS}/${name}/log`;
const stamp = (second: number) => `2026-11-22T10:00:${String(second).padStart(2, "0")}.000000001Z`;

/** Sends lines, then goes on as `then` says. */
const sending =
  (lines: readonly string[], then: (response: ServerResponse) => void = () => undefined): Fault =>
  (_request, response) => {
    response.writeHead(200, { "content-type": "text/plain" });
    response.write(lines.map((line) => `${line}\n`).join(""), () => then(response));
  };

describe("the logs of the webhook's pods", () => {
  let server: FakeApiServer;
  let kube: Kube;
  let ending: AbortController;
  let lines: string[];
  let errors: string[];
  before(async () => {
    server = await FakeApiServer.start();
  });
  after(() => server.stop());
  beforeEach(async () => {
    kube = await connect({ kubeconfig: server.kubeconfig() });
    ending = new AbortController();
    [lines, errors] = [[], []];
  });
  afterEach(async () => {
    ending.abort();
    await kube.close();
    server.store.objects.clear();
  });

  const start = () =>
    followPodLogs({
      kube,
      namespace: "foresail-system",
      sinceSeconds: 60,
      onLine: (line) => lines.push(line),
      onError: (message) => errors.push(message),
      signal: ending.signal,
    });
  const put = (name: string, state: JsonObject = { running: { startedAt: stamp(0) } }) =>
    server.store.put(`${PODS}/${name}`, pod(name, state));

  it("are followed for each pod, also for one that comes or starts later", async () => {
    server.next(isLogOf("a"), sending([`${stamp(1)} a1`]));
    server.next(isLogOf("b"), sending([`${stamp(1)} b1`]));
    server.next(isLogOf("c"), sending([`${stamp(1)} c1`]));
    put("a");
    put("b", { waiting: { reason: "ContainerCreating" } });
    const done = start();
    await until("the first line", () => lines.includes("a1"));
    put("b");
    put("c");
    await until("three lines", () => lines.length === 3);
    expect(lines.sort()).to.deep.equal(["a1", "b1", "c1"]);
    const [asked] = server.seenThat(isLogOf("a"));
    expect(Object.fromEntries(asked?.url.searchParams ?? [])).to.deep.equal({
      container: "webhook",
      follow: "true",
      timestamps: "true",
      sinceSeconds: "60",
    });
    ending.abort();
    await done;
  });

  it("go on after a broken connection, with no line lost or told twice", async () => {
    const first = [`${stamp(1)} one`, `${stamp(2)} two`];
    server.next(
      isLogOf("cut"),
      sending(first, (response) => response.destroy()),
      sending([...first, `${stamp(3)} three`]),
    );
    put("cut");
    const done = start();
    await until("the third line", () => lines.includes("three"));
    expect(lines).to.deep.equal(["one", "two", "three"]);
    const again = server.seenThat(isLogOf("cut"))[1];
    expect(again?.url.searchParams.get("sinceTime")).to.equal(stamp(2));
    expect(again?.url.searchParams.has("sinceSeconds")).to.equal(false);
    ending.abort();
    await done;
  });

  it("end for a pod that is gone", async () => {
    server.next(
      isLogOf("gone"),
      sending([`${stamp(1)} last`], (response) => response.end()),
      answer(404, "NotFound"),
    );
    put("gone");
    const done = start();
    await until("a second try", () => server.seenThat(isLogOf("gone")).length === 2);
    expect(lines).to.deep.equal(["last"]);
    ending.abort();
    await done;
    expect(errors).to.deep.equal([]);
  });

  it("that may not be read end it all, with what the API server says", async () => {
    server.next(isLogOf("denied"), answer(403, "Forbidden"));
    put("denied");
    expect(await start().catch((error: unknown) => error))
      .to.be.instanceOf(KubeError)
      .with.property("status", 403);
  });

  it("of pods that may not be listed, too", async () => {
    server.next(
      (request) => isList(request) && !isWatch(request) && request.url.pathname === PODS,
      answer(403, "Forbidden"),
    );
    expect(await start().catch((error: unknown) => error))
      .to.be.instanceOf(KubeError)
      .with.property("status", 403);
  });
});

function pod(name: string, state: JsonObject): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "foresail-system",
      uid: `uid-${name}`,
      labels: { "app.kubernetes.io/name": "foresail-webhook" },
    },
    status: { containerStatuses: [{ name: "webhook", state }] },
  };
}
