import { CelError } from "./errors.ts";
import type { Functions, Meter } from "./overload.ts";
import type { Node } from "./parse.ts";
import type { Value } from "./value.ts";

/** The names an expression may use; a name's value is made when it is first asked for. */
export interface Scope {
  readonly lookup: (name: string) => Value | undefined;
}

export interface Context {
  readonly scope: Scope;
  readonly functions: Functions;
  readonly meter: Meter;
  /** The evaluator, for what evaluates its arguments itself. */
  readonly evaluate: (node: Node, context: Context) => Value;
}

/** A context in which one more name has a value. */
export function bound(context: Context, name: string, value: Value): Context {
  const { scope } = context;
  return { ...context, scope: { lookup: (asked) => (asked === name ? value : scope.lookup(asked)) } };
}

/** A value, or the error instead of one. */
export function attempt(node: Node, context: Context): Value | CelError {
  try {
    return context.evaluate(node, context);
  } catch (problem) {
    if (problem instanceof CelError) return problem;
    throw problem;
  }
}
