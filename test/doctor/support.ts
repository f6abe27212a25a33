import type { JsonObject } from "../../src/core/json.ts";
import { connect } from "../../src/kube/connect.ts";
import type { Kube } from "../../src/kube/kube.ts";
import { FakeApiServer, type Seen } from "../kube/support/api-server.ts";
import { json } from "../kube/support/rest.ts";

export interface Asked {
  readonly server: FakeApiServer;
  readonly kube: Kube;
  close(): Promise<void>;
}

/** An API server on loopback, and a connection to it. */
export async function apiServer(): Promise<Asked> {
  const server = await FakeApiServer.start();
  const kube = await connect({ kubeconfig: server.kubeconfig() });
  return {
    server,
    kube,
    close: async () => {
      await kube.close();
      await server.stop();
    },
  };
}

/** Answers each review of access: whether what is asked for is allowed. */
export function reviewing(server: FakeApiServer, times: number, allowed: (spec: JsonObject) => boolean): void {
  const isReview = ({ url }: Seen) => url.pathname.endsWith("accessreviews");
  for (let i = 0; i < times; i++) {
    server.next(isReview, (request, response) => {
      const { spec } = JSON.parse(request.body) as { spec: JsonObject };
      void json(response, 201, { metadata: {}, spec, status: { allowed: allowed(spec) } });
    });
  }
}
