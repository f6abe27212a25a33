import type { ArmClock, VirtualClock } from "./clock.ts";
import type { Fault } from "./faults.ts";
import type { Handle } from "./handle.ts";
import { randomSchedule } from "./schedule.ts";
import type { Settings } from "./settings.ts";
import { type Answer, isMap, type Json, type JsonMap } from "./wire.ts";

const done: Answer = { status: 204 };
const ok = (body: unknown): Answer => ({ status: 200, body: body as Json });

/** The control API: what the handle does, for another process. Nothing of it is in the log of calls or befallen by faults. */
export function answerControl(
  handle: Handle,
  clock: ArmClock,
  method: string,
  url: URL,
  body: Json | undefined,
): Answer {
  const [, , kind = "", name = "", verb = ""] = url.pathname.split("/");
  const map: JsonMap = isMap(body) ? body : {};
  try {
    switch (`${method} ${kind}${verb === "" ? "" : ` ${verb}`}`) {
      case "GET state":
        return ok(handle.state());
      case "GET calls":
        return ok(handle.calls(Number(url.searchParams.get("since") ?? 0)));
      case "GET settings":
        return ok(handle.settings());
      case "PATCH settings":
        handle.configure(map as unknown as Partial<Settings>);
        return done;
      case "GET faults":
        return ok(handle.faults());
      case "POST faults":
        handle.script(...([body ?? []].flat() as unknown as readonly Fault[]));
        return done;
      case "DELETE faults":
        handle.clearFaults();
        return done;
      case "POST schedule":
        handle.configure({ seed: Number(map["seed"]) });
        handle.script(...randomSchedule(Number(map["seed"]), Number(map["faults"])));
        return done;
      case "POST cluster":
        if (name === "stop") handle.stopCluster();
        else handle.startCluster();
        return done;
      case "PUT pools":
        handle.portalPut(name, map, url.searchParams.get("state") ?? "Succeeded");
        return done;
      case "DELETE pools":
        handle.portalDelete(name);
        return done;
      case "POST pools evict":
        handle.evict(name);
        return done;
      case "POST clock":
        (clock as VirtualClock).advance(Number(map["ms"]));
        return done;
      default:
        return { status: 404, body: { error: `no control call ${method} ${url.pathname}` } };
    }
  } catch (error) {
    return { status: 400, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}
