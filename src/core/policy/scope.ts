import type { JsonObject } from "../json.ts";
import { CelError, NotJudged } from "./cel/errors.ts";
import { goQuoted } from "./cel/go-text.ts";
import { type Outcome, run } from "./cel/program.ts";
import type { Scope } from "./cel/scope.ts";
import { fromJson, isMap, type MapKey, type Value } from "./cel/value.ts";
import type { Expression, Policy } from "./policy.ts";
import { type Request, requestObject } from "./request.ts";

/** Runs an expression of a policy. */
export function outcomeOf(expression: Expression, scope: Scope): Outcome {
  return "program" in expression ? run(expression.program, scope) : { notJudged: expression.notJudged };
}

/** What the expressions of a policy see, and the same without what its match conditions cannot see. */
export interface Scopes {
  readonly conditions: Scope;
  readonly validations: Scope;
}

/** What all policies see of a request, each made when it is first asked for. */
export interface Facts {
  readonly [name: string]: () => Value;
}

/** `version` is that of the resource by which a policy matched: the API server converts objects to it. */
export function factsOf(request: Request, version: string): Facts {
  return {
    object: once(() => fromJson(converted(request.object, request, version))),
    oldObject: once(() => fromJson(converted(request.oldObject, request, version))),
    request: once(() => asked(request, version)),
    namespaceObject: once(() => fromJson(namespaceOf(request))),
  };
}

/** The names of one request, one policy and one parameter. */
export function scopesOf(policy: Policy, facts: Facts, parameter: JsonObject | null): Scopes {
  const params = once(() => fromJson(parameter));
  const lookup = (name: string): Value | undefined => {
    if (name === "authorizer") throw new NotJudged("only the cluster's authorizer knows");
    if (name === "params") return params();
    return Object.hasOwn(facts, name) ? facts[name]?.() : undefined;
  };
  const variables = new Variables(policy, { lookup: (name) => (name === "variables" ? variables : lookup(name)) });
  return {
    // Match conditions are asked before the namespace is read.
    conditions: { lookup: (name) => (name === "namespaceObject" ? null : lookup(name)) },
    validations: { lookup: (name) => (name === "variables" ? variables : lookup(name)) },
  };
}

/** What has to be there in the API server and is not known here. */
class Incomplete extends Map<MapKey, Value> {
  override get(key: MapKey): Value | undefined {
    if (key === "userInfo") throw new NotJudged("who asks is not known here");
    return super.get(key);
  }

  override has(key: MapKey): boolean {
    return key === "userInfo" || super.has(key);
  }
}

function asked(request: Request, version: string): Value {
  const value = fromJson(requestObject(request, version));
  return request.userInfo === undefined && isMap(value) ? new Incomplete(value) : value;
}

function once(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function converted(object: JsonObject | undefined, { group }: Request, version: string): JsonObject | undefined {
  return object === undefined ? undefined : { ...object, apiVersion: group === "" ? version : `${group}/${version}` };
}

/** apiVersion and kind are not there for expressions. Every namespace carries its name as a label. */
function namespaceOf({ namespace, namespaceObject }: Request): JsonObject | undefined {
  if (namespace === "") return undefined;
  const { apiVersion: _a, kind: _k, metadata, ...rest } = namespaceObject ?? {};
  const stated = (metadata ?? {}) as JsonObject;
  const labels = { "kubernetes.io/metadata.name": namespace, ...(stated["labels"] as JsonObject | undefined) };
  return {
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
    ...rest,
    metadata: { ...stated, name: namespace, labels },
  };
}

/** `variables`: a map whose values are made when they are first asked for, in terms of those before them. */
class Variables extends Map<string, Value> {
  readonly #policy: Policy;
  readonly #scope: Scope;
  readonly #made = new Map<string, Outcome>();

  constructor(policy: Policy, scope: Scope) {
    super();
    this.#policy = policy;
    this.#scope = scope;
  }

  override has(name: string): boolean {
    return this.#policy.variables.some((variable) => variable.name === name);
  }

  override get(name: string): Value | undefined {
    const variable = this.#policy.variables.find((one) => one.name === name);
    if (variable === undefined) return undefined;
    const outcome = this.#made.get(name) ?? outcomeOf(variable.expression, this.#scope);
    this.#made.set(name, outcome);
    if ("value" in outcome) return outcome.value;
    if ("notJudged" in outcome) throw new NotJudged(outcome.notJudged);
    throw new CelError(`composited variable ${goQuoted(name)} fails to evaluate: ${outcome.error}`);
  }
}
