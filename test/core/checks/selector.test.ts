import { expect } from "chai";
import { describe, it } from "mocha";
import type { Catalogue } from "../../../src/core/catalogue.ts";
import { expand } from "../../../src/core/expand.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, workspace } from "../support/workspaces.ts";

const own = { "foresail.dev/provision": "false", "foresail.dev/gpu": "1x80Gi/8.0" };

function selecting(labelSelector: JsonObject, annotations = {}): Workspace {
  return workspace({
    annotations,
    resource: {
      labelSelector,
      ...("foresail.dev/gpu" in annotations ? {} : { instanceType: "Standard_NC24ads_A100_v4" }),
    },
    inference: { preset: { name: "phi-4" } },
  });
}

function codes(object: Workspace, with_ = catalogue): readonly string[] {
  return expand(object, with_).issues.map((issue) => `${issue.level} ${issue.code}`);
}

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

function requirements(object: Workspace): readonly Requirement[] {
  const { expansion, issues } = expand(object, catalogue);
  if (expansion === undefined) throw new Error(issues.map((issue) => issue.message).join("\n"));
  const spec = expansion.podTemplate["spec"] as JsonObject;
  const affinity = spec["affinity"] as unknown as {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: { matchExpressions: Requirement[] }[] };
    };
  };
  const { nodeSelectorTerms } = affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution;
  return nodeSelectorTerms.flatMap((term) => term.matchExpressions);
}

const expressions = (...matchExpressions: readonly JsonObject[]): JsonObject => ({ matchExpressions });

describe("resource.labelSelector", () => {
  it("keeps an empty label value, for the pod as for the node", () => {
    const object = selecting({ matchLabels: { apps: "" } });
    expect(expand(object, catalogue).expansion?.nodes.labels).to.deep.equal({ apps: "" });
    expect(requirements(object)).to.deep.include({ key: "apps", operator: "In", values: [""] });
  });

  it("drops KAITO's reserved keys with a warning, from expressions, too", () => {
    const object = selecting({
      matchLabels: { "kaito.sh/workspace": "other" },
      matchExpressions: [{ key: "karpenter.kaito.sh/inferenceset", operator: "In", values: ["x"] }],
    });
    expect(codes(object)).to.deep.equal(["warning selector/reserved", "warning selector/reserved"]);
    expect(requirements(object).map(({ key }) => key)).to.deep.equal([
      "foresail.dev/workspace",
      "foresail.dev/workspace-namespace",
      "node.kubernetes.io/instance-type",
    ]);
  });

  it("refuses two values of one label where nodes are made with it", () => {
    const selector = { matchLabels: { a: "x" }, ...expressions({ key: "a", operator: "In", values: ["y"] }) };
    expect(codes(selecting(selector))).to.deep.equal(["error selector/contradiction"]);
    const same = { matchLabels: { a: "x" }, ...expressions({ key: "a", operator: "In", values: ["x"] }) };
    expect(codes(selecting(same))).to.deep.equal([]);
  });

  it("takes only single values where nodes are made with them, any operator on own nodes", () => {
    for (const expression of [
      { key: "a", operator: "NotIn", values: ["x"] },
      { key: "a", operator: "Exists" },
      { key: "a", operator: "In", values: ["x", "y"] },
    ]) {
      expect(codes(selecting(expressions(expression)))).to.deep.equal(["error selector/not-one-value"]);
      expect(codes(selecting(expressions(expression), own))).to.deep.equal([]);
      expect(requirements(selecting(expressions(expression), own))).to.deep.equal([expression]);
    }
  });

  it("knows from the catalogue, too, that nodes are brought", () => {
    const defaults = { ...catalogue.current.defaults, provision: false };
    const release = { ...catalogue.current, defaults };
    const brought: Catalogue = { current: release, releases: [release] };
    expect(codes(selecting(expressions({ key: "a", operator: "Exists" })), brought)).to.deep.equal([]);
  });

  it("refuses on own nodes what no pod may state", () => {
    const refused: readonly (readonly [JsonObject, string])[] = [
      [{ key: "a", operator: "In" }, "selector/values"],
      [{ key: "a", operator: "Exists", values: ["x"] }, "selector/values"],
      [{ key: "a", operator: "Gt", values: ["many"] }, "selector/values"],
      [{ key: "!", operator: "Exists" }, "selector/key"],
      [{ key: "a", operator: "In", values: ["!"] }, "selector/value"],
      [{ key: "a", operator: "Like" }, "selector/operator"],
      [{ key: "a", operator: "constructor" }, "selector/operator"],
    ];
    for (const [expression, code] of refused)
      expect(codes(selecting(expressions(expression), own)), code).to.deep.equal([`error ${code}`]);
    expect(codes(selecting(expressions({ key: "a", operator: "Gt", values: ["5"] }), own))).to.deep.equal([]);
  });
});
