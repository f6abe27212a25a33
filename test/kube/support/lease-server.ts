import type { Clock } from "../../../src/kube/clock.ts";
import { KubeError } from "../../../src/kube/error.ts";
import type { Kube, KubeObject, KubeRequest, KubeResponse } from "../../../src/kube/kube.ts";
import { Store } from "./store.ts";

/** What becomes of one call. `lost-answer`: carried out, but the caller only sees an error. */
export interface Fate {
  readonly outcome: "ok" | "lost-request" | "lost-answer" | "hang";
  /** Before and after the server does it. */
  readonly latencyMs: number;
}

const FINE: Fate = { outcome: "ok", latencyMs: 0 };

/** Leases with the API server's optimistic concurrency, in virtual time: real connections would need real seconds. */
export class LeaseServer {
  readonly store = new Store();
  /** Who wrote when, as the server applied it. */
  readonly writes: { readonly by: string; readonly atMs: number }[] = [];

  /** The server as one candidate reaches it. */
  client(by: string, clock: Clock, fate: () => Fate = () => FINE): Kube {
    return {
      server: "https://virtual",
      context: by,
      call: (request) => this.#call(by, request, clock, fate()),
      stream: () => Promise.reject(new Error("not part of this server")),
      close: async () => {},
    };
  }

  async #call(by: string, request: KubeRequest, clock: Clock, fate: Fate): Promise<KubeResponse> {
    if (fate.latencyMs > 0) await clock.sleep(fate.latencyMs, request.signal);
    if (fate.outcome === "hang") {
      await clock.sleep(request.timeoutMs ?? 30_000, request.signal);
      return fail(0, "Timeout");
    }
    if (fate.outcome === "lost-request") return fail(0, "Unreachable");
    const body = this.#apply(by, request, clock.monotonicMs());
    if (fate.latencyMs > 0) await clock.sleep(fate.latencyMs, request.signal);
    if (fate.outcome === "lost-answer") return fail(0, "Unreachable");
    return { status: 200, headers: {}, body };
  }

  #apply(by: string, { method, path, body }: KubeRequest, atMs: number): KubeObject {
    const object = body as KubeObject;
    const at = method === "POST" ? `${path}/${object.metadata.name}` : path;
    const known = this.store.objects.get(at);
    if (method === "POST" && known !== undefined) return fail(409, "AlreadyExists");
    if (method !== "POST" && known === undefined) return fail(404, "NotFound");
    if (method === "GET") return known as KubeObject;
    if (method === "PUT" && object.metadata.resourceVersion !== known?.metadata.resourceVersion) {
      return fail(409, "Conflict");
    }
    this.writes.push({ by, atMs });
    return this.store.put(at, structuredClone(object));
  }
}

function fail(status: number, reason: string): never {
  throw new KubeError({ status, reason, message: `scripted ${reason}`, details: { name: "lease" } });
}
