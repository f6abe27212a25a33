import { expect } from "chai";
import { after, before, it } from "mocha";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import { connect } from "../../../src/kube/connect.ts";
import { follow } from "../../../src/kube/follow.ts";
import type { Resource } from "../../../src/kube/resources.ts";
import { cluster, describeWith, namespace, read } from "../support/cluster.ts";
import { type Foresail, startForesail } from "../support/foresail.ts";
import { type Engines, startEngines } from "./support/engines.ts";
import { cleared, inGit, live } from "./support/git.ts";
import { skipWithoutGo } from "./support/gitops.ts";

const WAIT_SECONDS = 90;

const ENDPOINT_SLICES: Resource = {
  group: "discovery.k8s.io",
  version: "v1",
  plural: "endpointslices",
  kind: "EndpointSlice",
  namespaced: true,
};

describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "GitOps: a change under Flux wait: true", () => {
  let engines: Engines;
  let foresail: Foresail | undefined;
  let place: string | undefined;
  before(async function () {
    await skipWithoutGo(this);
    engines = await startEngines();
    foresail = await startForesail();
  });
  after(async () => {
    engines?.stop();
    await cleared(place);
    await foresail?.stop();
  });

  it("of the preset keeps a Ready endpoint at every moment, and is waited for", async () => {
    place = await namespace("rolling");
    const [first, second] = [
      inGit(place, "m"),
      inGit(place, "m", { inference: { preset: { name: "phi-4-mini-instruct" } } }),
    ];
    await engines.flux.apply([first]);
    await engines.flux.wait([first], WAIT_SECONDS);
    const image = await commandOf(place, "m");
    const watched = await watchEndpoints(place, "m");
    try {
      expect(await engines.flux.apply([second])).to.deep.equal(["configured"]);
      expect(await engines.flux.status(await live(place, "m")), "not ready before anybody has looked").to.equal(
        "InProgress",
      );
      await engines.flux.wait([second], WAIT_SECONDS);
      expect(await commandOf(place, "m"), "what runs").to.not.equal(image);
    } finally {
      await watched.stop();
    }
    expect(watched.counts().length, "the new pod came and the old one went").to.be.greaterThan(2);
    expect(Math.min(...watched.counts()), watched.counts().join(" ")).to.be.at.least(1);
  }).timeout(240_000);
});

interface Watched {
  /** Ready endpoints of the Service after each change, the first list on. */
  counts(): readonly number[];
  stop(): Promise<void>;
}

async function watchEndpoints(place: string, service: string): Promise<Watched> {
  const { kubeconfig, context } = cluster();
  const kube = await connect({ kubeconfig, context });
  const ending = new AbortController();
  const slices = new Map<string, number>();
  const counts: number[] = [];
  let synced = false;
  const note = () => void counts.push([...slices.values()].reduce((sum, ready) => sum + ready, 0));
  const follower = follow(kube, ENDPOINT_SLICES, {
    namespace: place,
    labelSelector: `kubernetes.io/service-name=${service}`,
    signal: ending.signal,
    onEvent: ({ type, object }) => {
      slices.set(object.metadata.name, type === "DELETED" ? 0 : readyIn(object as unknown as JsonObject));
      if (synced) note();
    },
  });
  await follower.synced;
  synced = true;
  note();
  return {
    counts: () => counts,
    stop: async () => {
      ending.abort();
      await follower.done;
      await kube.close();
    },
  };
}

function readyIn(slice: JsonObject): number {
  const endpoints = (slice["endpoints"] ?? []) as unknown as readonly { conditions?: { ready?: boolean } }[];
  return endpoints.filter(({ conditions }) => conditions?.ready === true).length;
}

async function commandOf(place: string, name: string): Promise<string> {
  const deployment = await read(`/apis/apps/v1/namespaces/${place}/deployments/${name}`);
  return JSON.stringify(isObject(deployment) ? deployment["spec"] : undefined);
}
