import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { type VirtualClock, virtualClock } from "./clock.ts";
import { type FakeArm, type FakeArmOptions, startFakeArm } from "./fake-arm.ts";
import { clusterPath } from "./settings.ts";
import type { ArmError, JsonMap } from "./wire.ts";

/** What any body of ARM may hold, as far as tests look. */
export interface SeenBody {
  readonly id?: string;
  readonly name?: string;
  readonly properties?: JsonMap;
  readonly value?: readonly SeenBody[];
  readonly nextLink?: string;
  readonly status?: string;
  readonly startTime?: string;
  readonly endTime?: string;
  readonly error?: ArmError;
  readonly code?: string;
  readonly message?: string;
}

/** An answer as plain fetch sees it; the body of one without is empty. */
export interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: SeenBody;
}

/** A fake in virtual time with plain calls to it. */
export interface ArmUnderTest extends FakeArm {
  readonly clock: VirtualClock;
  /** To any URL or path, with a token and an api-version unless it has one. */
  call(method: string, target: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Seen>;
  put(pool: string, properties?: object, headers?: Readonly<Record<string, string>>): Promise<Seen>;
  get(pool: string): Promise<Seen>;
  delete(pool: string, headers?: Readonly<Record<string, string>>): Promise<Seen>;
  list(): Promise<Seen>;
  /** PUT, and time passes until it is there or has failed. Gives what GET then says. */
  settled(pool: string, properties?: object): Promise<Seen>;
}

export const SIZE = "Standard_NC24ads_A100_v4";
export const API_VERSION = "2026-06-01";
/** Longer than any operation of the default settings. */
export const LONG_MS = 600_000;

const running: FakeArm[] = [];

/** Starts one; `stopArms` in an afterEach ends it. */
export async function armUnderTest(options: FakeArmOptions = {}): Promise<ArmUnderTest> {
  const clock = virtualClock();
  const arm = await startFakeArm({ ...options, clock });
  running.push(arm);
  const call: ArmUnderTest["call"] = async (method, target, body, headers = {}) => {
    const url = new URL(target, arm.url);
    if (!url.searchParams.has("api-version")) url.searchParams.set("api-version", API_VERSION);
    const response = await fetch(url, {
      method,
      headers: { authorization: "Bearer token", "x-ms-client-request-id": randomUUID(), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const seen = text === "" ? {} : (JSON.parse(text) as SeenBody);
    return { status: response.status, headers: response.headers, text, body: seen };
  };
  const pools = `${clusterPath(arm.settings())}/agentPools`;
  const under: ArmUnderTest = {
    ...arm,
    clock,
    call,
    put: (pool, properties = {}, headers = {}) =>
      call("PUT", `${pools}/${pool}`, { properties: { vmSize: SIZE, ...properties } }, headers),
    get: (pool) => call("GET", `${pools}/${pool}`),
    delete: (pool, headers) => call("DELETE", `${pools}/${pool}`, undefined, headers),
    list: () => call("GET", pools),
    settled: async (pool, properties) => {
      expect((await under.put(pool, properties)).status).to.be.oneOf([200, 201]);
      clock.advance(LONG_MS);
      return await under.get(pool);
    },
  };
  return under;
}

export async function stopArms(): Promise<void> {
  await Promise.all(running.splice(0).map((arm) => arm.close()));
}

/** The error in either shape. */
export const errorOf = ({ body }: Seen): Partial<ArmError> => body.error ?? (body as Partial<ArmError>);
export const codeOf = (seen: Seen): string | undefined => errorOf(seen).code;

/** Names of the pools of a list. */
export const namesOf = ({ body }: Seen): readonly (string | undefined)[] => (body.value ?? []).map(({ name }) => name);

/** provisioningState of a pool. */
export const stateOf = ({ body }: Seen): unknown => body.properties?.["provisioningState"];

/** Why a pool failed. */
export const failureOf = ({ body }: Seen): Partial<ArmError> =>
  ((body.properties?.["status"] as JsonMap | undefined)?.["provisioningError"] ?? {}) as Partial<ArmError>;

/** Where the operation of an answer is polled. */
export const pollOf = ({ headers }: Seen): string => headers.get("azure-asyncoperation") ?? "";
