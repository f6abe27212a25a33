import { expect } from "chai";
import { apply_patch as applyPatch } from "jsonpatch";
import { afterEach, before, beforeEach, describe, it } from "mocha";
import { pino } from "pino";
import type { Json, JsonObject } from "../../src/core/json.ts";
import { KubeError } from "../../src/kube/error.ts";
import type { Kube } from "../../src/kube/kube.ts";
import { type CertificateSet, certificatesIn, createCertificateSet } from "../../webhook/certificate-set.ts";
import { keepCertificates } from "../../webhook/keep-certificates.ts";
import { VirtualClock } from "../kube/support/virtual-clock.ts";

const HOSTS = ["127.0.0.1"];
const DAY_MS = 86_400_000;
/** What a view of the virtual clock calls the beginning. */
const START_MS = 1_700_000_000_000;
const PATHS = ["mutating", "validating"].map(
  (phase) => `/apis/admissionregistration.k8s.io/v1/${phase}webhookconfigurations/foresail`,
);

describe("the keeper of certificates", () => {
  let [first, next] = [undefined, undefined] as unknown as [CertificateSet, CertificateSet];
  before(async () => {
    first = await createCertificateSet(HOSTS, START_MS);
    next = await createCertificateSet(HOSTS, START_MS);
  });

  let clock: VirtualClock;
  let ending: AbortController;
  let kept: Promise<void>;
  let used: { readonly set: CertificateSet; readonly atMs: number }[];
  let failures: number;
  let current: CertificateSet | Error;
  beforeEach(() => {
    clock = new VirtualClock();
    ending = new AbortController();
    [used, failures, current] = [[], 0, first];
  });
  afterEach(async () => {
    ending.abort();
    await kept;
  });

  const keep = (configurations: Configurations) => {
    kept = keepCertificates({
      kube: configurations.kube,
      store: {
        current: async () => {
          if (current instanceof Error) throw current;
          return current;
        },
      },
      configurationName: "foresail",
      use: (set) => used.push({ set, atMs: clock.nowMs }),
      failed: () => failures++,
      log: pino({ level: "silent" }),
      clock: clock.view(),
      periodMs: 10_000,
      settleMs: 25_000,
      signal: ending.signal,
    });
    return clock.advance(1_000);
  };

  it("uses the first set at once where nobody was trusted before", async () => {
    const configurations = configured("");
    await keep(configurations);
    expect(used).to.deep.equal([{ set: first, atMs: 0 }]);
    expect(configurations.bundles()).to.deep.equal([first.caBundle, first.caBundle]);
  });

  it("writes a new CA at once and uses it when every API server had the time to read it", async () => {
    const configurations = configured(first.caBundle);
    await keep(configurations);
    current = next;
    await clock.advance(10_000);
    for (const bundle of configurations.bundles()) {
      expect(certificatesIn(bundle)).to.deep.equal([next.caBundle, first.caBundle]);
    }
    expect(used.map(({ set }) => set)).to.deep.equal([first]);
    await clock.advance(60_000);
    expect(used.map(({ set }) => set)).to.deep.equal([first, next]);
    expect((used[1]?.atMs ?? 0) - 10_000).to.be.within(25_000, 30_000);
    expect(certificatesIn(configurations.bundles()[0] ?? ""), "for replicas that are later").to.include(first.caBundle);
  });

  it("uses a new certificate of the same CA at once", async () => {
    await keep(configured(first.caBundle));
    const leaf = { ...first, serving: next.serving };
    current = leaf;
    await clock.advance(10_000);
    expect(used.map(({ set }) => set)).to.deep.equal([first, leaf]);
  });

  it("waits before it says that a first set is trusted where others are serving with another CA", async () => {
    await keep(configured(next.caBundle));
    expect(used).to.deep.equal([]);
    await clock.advance(40_000);
    expect(used.map(({ set }) => set)).to.deep.equal([first]);
  });

  it("does not wait when what it serves has ended", async () => {
    const ended = await createCertificateSet(HOSTS, START_MS - 90 * DAY_MS + 5_000);
    current = ended;
    await keep(configured(""));
    current = next;
    await clock.advance(10_000);
    expect(used.map(({ set }) => set)).to.deep.equal([ended, next]);
  });

  it("keeps what it serves while checks fail, tries again sooner, and counts", async () => {
    const configurations = configured(first.caBundle);
    await keep(configurations);
    current = new Error("no such Secret");
    await clock.advance(15_000);
    expect(failures).to.be.within(4, 7);
    current = first;
    configurations.refuse = true;
    await clock.advance(15_000);
    expect(failures, "nothing to write, and reading fails").to.be.above(8);
    expect(used).to.have.length(1);
  });
});

interface Configurations {
  readonly kube: Kube;
  refuse: boolean;
  /** What the webhooks trust. */
  bundles(): readonly string[];
}

/** The two configurations in memory, behind the two calls the keeper makes of them. */
function configured(caBundle: string): Configurations {
  const clientConfig = caBundle === "" ? {} : { caBundle: Buffer.from(caBundle).toString("base64") };
  const objects = new Map<string, Json>(
    PATHS.map((path) => [path, { metadata: { name: "foresail", resourceVersion: "1" }, webhooks: [{ clientConfig }] }]),
  );
  const state: Configurations = {
    refuse: false,
    bundles: () =>
      [...objects.values()].map((object) => {
        const [webhook] = (object as { webhooks: { clientConfig: { caBundle?: string } }[] }).webhooks;
        return Buffer.from(webhook?.clientConfig.caBundle ?? "", "base64").toString("utf8");
      }),
    kube: {
      server: "memory",
      context: "memory",
      call: async ({ method, path, body }) => {
        if (state.refuse) throw new KubeError({ status: 403, reason: "Forbidden", message: path });
        const known = objects.get(path);
        if (known === undefined) throw new KubeError({ status: 404, reason: "NotFound", message: path });
        if (method === "PATCH") objects.set(path, applyPatch(known, body as JsonObject[]) as Json);
        return { status: 200, headers: {}, body: objects.get(path) ?? null };
      },
      stream: () => Promise.reject(new Error("not asked for")),
      close: () => Promise.resolve(),
    },
  };
  return state;
}
