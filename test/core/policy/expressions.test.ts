import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { compile, type Outcome, run } from "../../../src/core/policy/cel/program.ts";
import { fromJson, type Value } from "../../../src/core/policy/cel/value.ts";
import { declaredFor } from "../../../src/core/policy/environment.ts";
import { packageRoot } from "../../../src/package-root.ts";

interface Answer {
  readonly expression: string;
  readonly value?: string;
  readonly error?: string;
  readonly refused?: string;
}

// Written by test/cluster/policies/expressions.test.ts: what the API server makes of each expression.
const golden = JSON.parse(readFileSync(join(packageRoot(), "test/cases/policies/expressions.json"), "utf8")) as {
  readonly object: JsonObject;
  readonly answers: readonly Answer[];
};

const facts: { readonly [name: string]: Value } = {
  object: fromJson(golden.object),
  oldObject: null,
  request: fromJson({
    operation: "CREATE",
    name: "m",
    namespace: "NAMESPACE",
    resource: { group: "kaito.sh", version: "v1beta1", resource: "workspaces" },
    kind: { group: "kaito.sh", version: "v1beta1", kind: "Workspace" },
    dryRun: true,
    options: { kind: "CreateOptions" },
    userInfo: { username: "admin", groups: ["system:authenticated"] },
  }),
  namespaceObject: fromJson({
    metadata: { name: "NAMESPACE", labels: { "kubernetes.io/metadata.name": "NAMESPACE" } },
    status: { phase: "Active" },
  }),
};

// A policy without parameters and variables, and no authorizer, as the text of a denial has none.
const declared = declaredFor({ params: false, authorizer: false });

type Here = Outcome | { readonly broken: string };

function here(text: string): Here {
  const program = compile(text, declared);
  return "root" in program ? run(program, { lookup: (name) => facts[name] }) : program;
}

/** As the API server was asked. */
function asked(expression: string): Here {
  const compared = here(`dyn(${expression}) == '\\u0001'`);
  return "value" in compared ? here(`'%s'.format([${expression}])`) : compared;
}

describe("expressions, evaluated offline", () => {
  for (const { expression, value, error, refused } of golden.answers) {
    it(expression, () => {
      const outcome = asked(expression);
      if (value !== undefined) expect(outcome).to.deep.equal({ value });
      else if (error !== undefined) expect(outcome).to.deep.equal({ error });
      // What the API server does not store is never a pass here; some of it is found only when it runs.
      else if (!FOUND_BY_TYPES.includes(expression)) expect(outcome, refused).to.not.have.property("value");
    });
  }

  it("never throw, whatever the text", () => {
    const words = golden.answers.flatMap(({ expression }) => expression.split(/(?<=[ .(,])/));
    const texts = fc.array(fc.constantFrom(...words), { maxLength: 8 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(texts, (text) => {
        expect(Object.keys(here(text))[0]).to.be.oneOf(["value", "error", "notJudged", "broken"]);
      }),
      { numRuns: 2_000 },
    );
  });

  for (const [what, text] of [
    ["nested loops", `lists.range(1000).all(a, lists.range(1000).all(b, lists.range(1000).all(c, a >= 0)))`],
    [
      "strings that double",
      `lists.range(60).map(i, 'x').join().replace('', ${"'0123456789'.replace('', ".repeat(20)}'y'${")".repeat(21)}`,
    ],
    ["a long chain", Array.from({ length: 4_000 }, () => "1").join(" + ")],
    ["deep parentheses", `${"(".repeat(5_000)}1${")".repeat(5_000)}`],
  ] as const) {
    it(`end: ${what}`, function () {
      this.timeout(2_000);
      expect(here(text)).to.have.property("notJudged");
    });
  }

  it("match regular expressions in linear time", function () {
    this.timeout(2_000);
    expect(here(`'${"a".repeat(5_000)}!'.matches('^(a+)+$')`)).to.deep.equal({ value: false });
  });

  it("are refused where == and < stand side by side, which this parser reads otherwise", () => {
    expect(here("true == 1 < 2")).to.have.property("notJudged").that.includes("write parentheses");
    expect(here("true == (1 < 2)")).to.deep.equal({ value: true });
  });
});

/** Types of what is in lists, and of namespaces, are told by the API server's type checker alone. */
const FOUND_BY_TYPES = ["[1, [2, [3]]].flatten()"];
