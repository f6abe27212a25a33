import { type Declared, undeclared } from "./check.ts";
import { CelError, NotJudged } from "./errors.ts";
import { evaluate } from "./evaluate.ts";
import type { Meter } from "./overload.ts";
import { type Parsed, parseExpression } from "./parse.ts";
import type { Scope } from "./scope.ts";
import { mismatch } from "./static-type.ts";
import type { Value } from "./value.ts";

/** An expression that was read and names only what is there. */
export interface Program {
  readonly text: string;
  readonly root: Parsed["root"];
  readonly declared: Declared;
}

/** What came of one evaluation. */
export type Outcome =
  | { readonly value: Value }
  /** It has no value: the text cel-go gives. */
  | { readonly error: string }
  /** Nobody can say here what the API server would make of it. */
  | { readonly notJudged: string };

/** Why there is no program: a mistake that the API server refuses, too, or something this engine cannot read. */
export type Refusal = { readonly broken: string } | { readonly notJudged: string };

/** Gives a program, or why the expression is none. */
export function compile(text: string, declared: Declared): Program | Refusal {
  const parsed = parseExpression(text);
  // It may be wrong, or right and of a kind that this parser does not know, such as {?'a': b}.
  if (typeof parsed === "string") return { notJudged: parsed };
  const broken = undeclared(parsed.root, declared) ?? mismatch(parsed.root);
  return broken === undefined ? { ...parsed, declared } : { broken };
}

/** PerCallLimit of the API server (pkg/apis/cel/config.go), counted coarsely: it bounds the work, it is no verdict. */
const MOST_UNITS = 1_000_000;

export function newMeter(): Meter {
  let spent = 0;
  return {
    charge: (units) => {
      spent += units;
      if (spent > MOST_UNITS) throw new NotJudged(`it takes more than ${MOST_UNITS} steps`);
    },
  };
}

/** Runs a program; the scope's values may be made while it runs, and what they throw counts as this program's. */
export function run(program: Program, scope: Scope, meter: Meter = newMeter()): Outcome {
  try {
    return { value: evaluate(program.root, { scope, functions: program.declared.functions, meter, evaluate }) };
  } catch (problem) {
    if (problem instanceof CelError) return { error: problem.message };
    if (problem instanceof NotJudged) return { notJudged: problem.message };
    throw problem;
  }
}
