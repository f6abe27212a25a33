import type { Stage } from "./actor.ts";
import { type Climate, turn } from "./climate.ts";
import { OTHERS, type SimulatedCloud } from "./cloud.ts";
import type { Replicas } from "./replicas.ts";
import type { User } from "./user.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export interface World {
  readonly stage: Stage;
  readonly climate: Climate;
  readonly replicas: Replicas;
  readonly user: User;
  readonly cloud: SimulatedCloud | undefined;
  readonly say: (text: string) => void;
}

/** One thing that happens to the cluster, whichever. Resolves when it is over. */
export async function blow(world: World): Promise<void> {
  const { stage, climate, replicas, cloud, say } = world;
  const { random, time, befalls } = stage;
  switch (random.below(13)) {
    case 0:
      say("the leader is killed");
      befalls("process killed");
      replicas.leader().kill();
      return;
    case 1:
    case 2:
      say("the leader is to be killed at one of its next writes");
      replicas.leader().killAtWrite(random.below(12));
      act(world);
      return;
    case 3:
      await restartApiServer(world);
      return;
    case 4: {
      // Where pods are just ending, or nodes just empty, dates say the most that is wrong.
      act(world);
      await time.runUntil(time.nowMs() + random.below(random.pick([10_000, 2 * MINUTE_MS])));
      const byMs = random.pick([-HOUR_MS, HOUR_MS, -5_000, 5_000]);
      say(`the clock steps by ${byMs} ms`);
      befalls(byMs > 0 ? "clock set forward" : "clock set back");
      time.stepClock(byMs);
      return;
    }
    case 5:
      turn(climate, random);
      return;
    case 6: {
      const forMs = random.below(90_000);
      say(`the leader is cut off for ${forMs} ms`);
      befalls("process cut off");
      replicas.leader().connection.cut(forMs);
      act(world);
      return;
    }
    case 7: {
      if (cloud === undefined) act(world);
      else meddle(world, cloud);
      return;
    }
    default:
      act(world);
  }
}

/** Somebody takes a machine away in the portal; or one is there that no claim knows, as after a request that came very late. */
function meddle({ stage, say }: World, cloud: SimulatedCloud): void {
  const { random, store, befalls } = stage;
  const name = random.pick([...cloud.pools.keys()].filter((one) => one !== OTHERS));
  if (name === undefined || random.next() < 0.3) {
    const stray = `stray${store.version}`;
    say(`machine ${stray} is there without a claim`);
    cloud.appear(stray, store.get("namespaces", undefined, "kube-system")?.metadata.uid ?? "");
    return;
  }
  say(`machine ${name} is deleted in the portal`);
  befalls("machine deleted in the portal", cloud.pools.get(name)?.spec.owner.claimUid);
  cloud.takeAway(name);
}

/** Away for a while; then it has what etcd kept, and knows nothing of what watches had seen. */
async function restartApiServer({ stage, climate, say }: World): Promise<void> {
  const { random, time, store, befalls } = stage;
  say("the API server is away");
  befalls("API server restarted");
  climate.weather.down = true;
  // A restart, or an outage that watches do not outlive.
  await time.runUntil(time.nowMs() + random.below(random.pick([10_000, 3 * MINUTE_MS])));
  store.restart();
  climate.weather.restarts++;
  climate.weather.down = false;
  say("the API server is back");
}

function act({ user, say }: World): void {
  say(`the user ${user.act()}`);
}
