import { error, type Issue, warning } from "../issue.ts";
import type { JsonObject } from "../json.ts";
import type { LabelSelector } from "../kinds/workspace.ts";
import { shown } from "../schema.ts";
import type { Check } from "./check.ts";

// KAITO sets these itself and drops them from selectors (api/v1beta1/labels.go).
const reservedKeys: readonly string[] = [
  "kaito.sh/workspace",
  "kaito.sh/workspacenamespace",
  "kaito.sh/ragengine",
  "kaito.sh/ragenginenamespace",
  "karpenter.kaito.sh/workspace-name",
  "karpenter.kaito.sh/workspace-namespace",
  "karpenter.kaito.sh/inferenceset",
  "karpenter.kaito.sh/inferenceset-namespace",
];
// Node labels below these domains are set by the cloud or the kubelet; a claim may not ask for them.
const foreignDomains = ["kubernetes.io", "k8s.io", "karpenter.sh", "kubernetes.azure.com"];
const ours = ["foresail.dev"];
const KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const PATH = "resource.labelSelector";

/** The selector becomes labels of new nodes, so every requirement must name exactly one value. */
export const checkSelector: Check = (workspace) => {
  const selector = workspace.resource?.labelSelector;
  if (selector === undefined)
    return [
      error(PATH, "schema/required", `${PATH} is required and absent: add matchLabels with a label for the nodes`),
    ];
  const provision = workspace.metadata.annotations?.["foresail.dev/provision"] !== "false";
  return [
    ...Object.entries(selector.matchLabels ?? {}).flatMap(([key, value]) =>
      checkLabel(`${PATH}.matchLabels[${key}]`, key, value, provision),
    ),
    ...(selector.matchExpressions ?? []).flatMap((expression, i) => {
      const path = `${PATH}.matchExpressions[${i}]`;
      const values = expression.values ?? [];
      if (provision && (expression.operator !== "In" || values.length !== 1)) {
        return [
          error(
            path,
            "selector/not-one-value",
            `${path} must be In with one value, given ${shown(expression.operator)} with ${values.length}: nodes are created with it as a label`,
          ),
        ];
      }
      if (!["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"].includes(expression.operator)) {
        return [
          error(
            `${path}.operator`,
            "selector/operator",
            `${path}.operator must be In, NotIn, Exists, DoesNotExist, Gt or Lt, given ${shown(expression.operator)}`,
          ),
        ];
      }
      return values.flatMap((value) => checkLabel(path, expression.key, value, provision));
    }),
  ];
};

function checkLabel(path: string, key: string, value: string, provision: boolean): readonly Issue[] {
  if (!KEY.test(key)) return [error(path, "selector/key", `${path}: ${shown(key)} is no label key`)];
  if (!VALUE.test(value))
    return [
      error(
        path,
        "selector/value",
        `${path} must be a label value of at most 63 letters, digits, - _ and ., given ${shown(value)}`,
      ),
    ];
  if (reservedKeys.includes(key))
    return [warning(path, "selector/reserved", `label ${key} is set by the controller and dropped from the selector`)];
  const domain = key.includes("/") ? (key.split("/")[0] ?? "") : "";
  const foreign = [...foreignDomains, ...ours].find((d) => domain === d || domain.endsWith(`.${d}`));
  return provision && foreign !== undefined
    ? [
        error(
          path,
          "selector/domain",
          `${path}: labels of ${foreign} cannot be given to new nodes; use a label of your own, or foresail.dev/provision: "false"`,
        ),
      ]
    : [];
}

/** The selector as labels: matchLabels and single-value In, without the reserved keys. */
export function selectorLabels(selector: LabelSelector | undefined): { readonly [key: string]: string } {
  const labels: Record<string, string> = {};
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) labels[key] = value;
  for (const { key, operator, values } of selector?.matchExpressions ?? []) {
    const only = values?.[0];
    if (operator === "In" && values?.length === 1 && only !== undefined) labels[key] = only;
  }
  for (const key of reservedKeys) delete labels[key];
  return labels;
}

/** The selector as node affinity requirements, in the user's order of expressions after sorted labels. */
export function selectorRequirements(selector: LabelSelector | undefined): readonly JsonObject[] {
  const labels = Object.entries(selector?.matchLabels ?? {})
    .filter(([key]) => !reservedKeys.includes(key))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...labels.map(([key, value]) => ({ key, operator: "In", values: [value] })),
    ...(selector?.matchExpressions ?? []).map(({ key, operator, values }) => ({
      key,
      operator,
      ...(values === undefined ? {} : { values }),
    })),
  ];
}
