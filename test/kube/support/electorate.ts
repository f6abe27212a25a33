import { expect } from "chai";
import { type Election, type ElectionOptions, elect } from "../../../src/kube/lease.ts";
import { type Fate, LeaseServer } from "./lease-server.ts";
import { VirtualClock } from "./virtual-clock.ts";

export const LEASE_PATH = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/foresail";

interface Log {
  readonly what: "started" | "stopped";
  readonly who: string;
  readonly atMs: number;
}

interface Joined {
  readonly identity: string;
  readonly election: Election;
  readonly clock: ReturnType<VirtualClock["view"]>;
  leave(): void;
}

/** Candidates on one virtual clock and one lease. */
export function electorate() {
  const time = new VirtualClock();
  const server = new LeaseServer();
  const log: Log[] = [];
  const errors: Error[] = [];
  const candidates: Joined[] = [];

  function join(identity: string, fate?: () => Fate, more: Partial<ElectionOptions> = {}): Joined {
    const clock = time.view();
    const controller = new AbortController();
    const election = elect(server.client(identity, clock, fate), {
      namespace: "kube-system",
      name: "foresail",
      identity,
      signal: controller.signal,
      clock,
      onStartedLeading: () => void log.push({ what: "started", who: identity, atMs: time.nowMs }),
      onStoppedLeading: () => void log.push({ what: "stopped", who: identity, atMs: time.nowMs }),
      onError: (error) => errors.push(error),
      ...more,
    });
    const candidate = { identity, election, clock, leave: () => controller.abort(new Error("leaving")) };
    candidates.push(candidate);
    return candidate;
  }

  function leaders(): string[] {
    return candidates.filter(({ election }) => election.isLeader()).map(({ identity }) => identity);
  }

  async function pass(ms: number): Promise<void> {
    await time.advance(ms, () => expect(leaders().length, `leaders ${leaders()} at ${time.nowMs} ms`).to.be.at.most(1));
  }

  return { time, server, log, errors, join, leaders, pass, lease: () => server.store.objects.get(LEASE_PATH) };
}
