import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { createCache } from "../../src/kube/cache.ts";
import type { FollowEvent } from "../../src/kube/follow.ts";
import type { KubeObject } from "../../src/kube/kube.ts";

function pod(
  name: string,
  version: string,
  fields: { uid?: string; app?: string; namespace?: string } = {},
): KubeObject {
  const { uid = `${name}-uid`, app, namespace = "default" } = fields;
  return {
    metadata: { name, namespace, uid, resourceVersion: version, ...(app !== undefined && { labels: { app } }) },
  } as KubeObject;
}

function event(type: FollowEvent["type"], object: KubeObject): FollowEvent {
  return { type, object, version: object.metadata.resourceVersion ?? "" };
}

describe("cache", () => {
  it("gives objects by name, namespace and index, and reports each change once", () => {
    const changes: [string | undefined, string | undefined][] = [];
    const cache = createCache({
      indexes: { app: (object) => Object.values(object.metadata.labels ?? {}) },
      onChange: (before, after) => changes.push([before?.metadata.resourceVersion, after?.metadata.resourceVersion]),
    });
    const [a1, a2] = [pod("a", "1", { app: "web" }), pod("a", "2", { app: "db" })];
    const b = pod("b", "3", { app: "web", namespace: "other" });
    for (const each of [event("ADDED", a1), event("ADDED", b), event("ADDED", a1)]) cache.handle(each);
    expect(cache.byIndex("app", "web")).to.deep.equal([a1, b]);
    expect(cache.list("other")).to.deep.equal([b]);
    cache.handle(event("MODIFIED", a2));
    expect(cache.byIndex("app", "web")).to.deep.equal([b]);
    expect(cache.byIndex("app", "db")).to.deep.equal([a2]);
    cache.handle(event("DELETED", pod("a", "9")));
    expect(cache.byIndex("app", "db")).to.deep.equal([]);
    expect([cache.size, cache.get("default", "a"), cache.get("other", "b")]).to.deep.equal([1, undefined, b]);
    expect(changes).to.deep.equal([
      [undefined, "1"],
      [undefined, "3"],
      ["1", "2"],
      ["2", undefined],
    ]);
    expect(() => cache.byIndex("zone", "1")).to.throw(RangeError, 'no index "zone" in this cache; it has: app');
  });

  it("compares versions as numbers of any length, and takes the last word when they are none", () => {
    const cache = createCache();
    for (const version of ["9", "10", "9007199254740993", "9007199254740992"]) cache.wrote(pod("a", version));
    expect(cache.get("default", "a")?.metadata.resourceVersion).to.equal("9007199254740993");
    for (const version of ["x2", "x1"]) cache.wrote(pod("b", version));
    expect(cache.get("default", "b")?.metadata.resourceVersion).to.equal("x1");
  });

  it("keeps an own write that a list from before it does not have", () => {
    const cache = createCache();
    cache.wrote(pod("a", "105"));
    cache.handle({ type: "DELETED", object: pod("a", "90"), version: "100" });
    expect(cache.size).to.equal(1);
    cache.handle({ type: "DELETED", object: pod("a", "105"), version: "110" });
    expect(cache.size).to.equal(0);
  });

  it("does not bring back what a call of ours found gone, but takes a successor", () => {
    const cache = createCache();
    cache.handle(event("ADDED", pod("a", "5")));
    cache.forget(pod("a", "4"));
    cache.handle(event("MODIFIED", pod("a", "6")));
    expect(cache.size).to.equal(0);
    cache.handle(event("ADDED", pod("a", "8", { uid: "second" })));
    cache.forget(pod("a", "6"));
    expect(cache.get("default", "a")?.metadata.uid).to.equal("second");
  });

  it("changes nothing when an index function throws", () => {
    const fail = (object: KubeObject) => {
      if (object.metadata.resourceVersion === "2") throw new Error("no");
      return ["all"];
    };
    const cache = createCache({ indexes: { fail } });
    cache.wrote(pod("a", "1"));
    expect(() => cache.wrote(pod("a", "2"))).to.throw("no");
    expect(cache.byIndex("fail", "all")).to.deep.equal(cache.list());
  });

  it("says when the first list is in", async () => {
    const cache = createCache();
    expect(cache.isSynced).to.equal(false);
    cache.markSynced();
    await cache.synced;
    expect(cache.isSynced).to.equal(true);
  });
});

/** A history of writes and deletions of a few objects, as the server saw it, with the state it ends in. */
const history = fc.array(fc.record({ name: fc.constantFrom("a", "b", "c"), isDeletion: fc.boolean() }), {
  maxLength: 20,
});

function replay(steps: readonly { name: string; isDeletion: boolean }[]) {
  const events: FollowEvent[] = [];
  const live = new Map<string, KubeObject>();
  // From 95 on, so that comparing as text would fail at 100.
  for (const [index, { name, isDeletion }] of steps.entries()) {
    const known = live.get(name);
    if (isDeletion && known === undefined) continue;
    const uid = known?.metadata.uid ?? `uid-${index}`;
    const object = pod(name, String(95 + index), { uid, app: index % 2 === 0 ? "even" : "odd" });
    const type = isDeletion ? "DELETED" : known === undefined ? "ADDED" : "MODIFIED";
    if (isDeletion) live.delete(name);
    else live.set(name, object);
    events.push({ type, object, version: String(95 + index) });
  }
  return { events, live };
}

function sorted(objects: Iterable<KubeObject>): string[] {
  return [...objects].map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort();
}

describe("cache, in any order of watch events and own writes", () => {
  it("ends at the newest state, however late, early or often each arrives", () => {
    const deliveries = history.chain((steps) => {
      const { events, live } = replay(steps);
      const repeated = fc.subarray(events).chain((again) => {
        const all = [...events, ...again].map((each, at) => ({ each, isOwn: each.type !== "DELETED" && at % 3 === 0 }));
        return fc.shuffledSubarray(all, { minLength: all.length });
      });
      return fc.tuple(fc.constant(live), repeated);
    });
    fc.assert(
      fc.property(deliveries, ([live, order]) => {
        const cache = createCache({ indexes: { app: ({ metadata }) => Object.values(metadata.labels ?? {}) } });
        for (const { each, isOwn } of order) isOwn ? cache.wrote(each.object) : cache.handle(each);
        expect(sorted(cache.list())).to.deep.equal(sorted(live.values()));
        const indexed = [...cache.byIndex("app", "even"), ...cache.byIndex("app", "odd")];
        expect(sorted(indexed)).to.deep.equal(sorted(live.values()));
      }),
      { numRuns: 2_000 },
    );
  });

  it("never goes back to an older version of the same object", () => {
    fc.assert(
      fc.property(
        history.chain((steps) => fc.shuffledSubarray(replay(steps).events)),
        (events) => {
          const cache = createCache({
            onChange: (before, after) => {
              if (before === undefined || after === undefined) return;
              expect(Number(after.metadata.resourceVersion)).to.be.above(Number(before.metadata.resourceVersion));
            },
          });
          for (const each of events) cache.handle(each);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
