import { error, type Issue, warning } from "../issue.ts";
import type { JsonObject } from "../json.ts";
import type { LabelSelector } from "../kinds/workspace.ts";
import { shortened, shown } from "../schema.ts";
import type { Check } from "./check.ts";

// KAITO sets these itself and drops them from selectors (api/v1beta1/labels.go).
export const reservedKeys: readonly string[] = [
  "kaito.sh/workspace",
  "kaito.sh/workspacenamespace",
  "kaito.sh/ragengine",
  "kaito.sh/ragenginenamespace",
  "karpenter.kaito.sh/workspace-name",
  "karpenter.kaito.sh/workspace-namespace",
  "karpenter.kaito.sh/inferenceset",
  "karpenter.kaito.sh/inferenceset-namespace",
];
/** Whether KAITO sets a label itself, so that it counts for nothing in a selector. */
export function isReservedByKaito(key: string): boolean {
  return reservedKeys.includes(key);
}

// Node labels below these domains are set by the cloud or the kubelet; a claim may not ask for them.
const foreignDomains = [
  "kubernetes.io",
  "k8s.io",
  "karpenter.sh",
  "kubernetes.azure.com",
  // Karpenter's and the clouds' own providers.
  "karpenter.azure.com",
  "k8s.aws",
  "eks.amazonaws.com",
];
const ours = ["foresail.dev"];
const KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const PATH = "resource.labelSelector";

// Far more than any cloud's labels per node; the pod carries every one of them as a requirement.
const MOST_LABELS = 50;

/** The selector becomes labels of new nodes, so every requirement must name exactly one value. */
export const checkSelector: Check = (workspace, { provision }) => {
  const selector = workspace.resource?.labelSelector;
  if (selector === undefined)
    return [
      error(PATH, "schema/required", `${PATH} is required and absent: add matchLabels with a label for the nodes`),
    ];
  const labels = Object.entries(selector.matchLabels ?? {});
  const expressions = selector.matchExpressions ?? [];
  const count = labels.length + expressions.length;
  if (count > MOST_LABELS)
    return [error(PATH, "selector/too-many", `${PATH} may have at most ${MOST_LABELS} labels, given ${count}`)];
  return [
    ...labels.flatMap(([key, value]) => checkLabel(`${PATH}.matchLabels[${shortened(key)}]`, key, [value], provision)),
    ...expressions.flatMap((expression, i) => checkExpression(expression, i, provision)),
    ...(provision ? contradictions(selector) : []),
  ];
};

type Expression = NonNullable<LabelSelector["matchExpressions"]>[number];

function checkExpression(expression: Expression, i: number, provision: boolean): readonly Issue[] {
  const path = `${PATH}.matchExpressions[${i}]`;
  const { key, operator, values = [] } = expression;
  if (provision && (operator !== "In" || values.length !== 1)) {
    const given = `${shown(operator)} with ${values.length}`;
    const text = `${path} must be In with one value, given ${given}: nodes are created with it as a label`;
    return [error(path, "selector/not-one-value", text)];
  }
  const rule = valuesOf[operator];
  if (rule === undefined || !Object.hasOwn(valuesOf, operator)) {
    const text = `${path}.operator must be In, NotIn, Exists, DoesNotExist, Gt or Lt, given ${shown(operator)}`;
    return [error(`${path}.operator`, "selector/operator", text)];
  }
  if (!rule.allowed(values)) {
    const text = `${path}.values must be ${rule.text} with ${operator}, given ${values.length}`;
    return [error(`${path}.values`, "selector/values", text)];
  }
  return checkLabel(path, key, values, provision);
}

/** How many values the API server allows with each operator of a node affinity. */
const valuesOf: {
  readonly [operator: string]: { readonly text: string; readonly allowed: (values: readonly string[]) => boolean };
} = {
  In: { text: "1 to 50 values", allowed: (values) => values.length > 0 && values.length <= MOST_LABELS },
  NotIn: { text: "1 to 50 values", allowed: (values) => values.length > 0 && values.length <= MOST_LABELS },
  Exists: { text: "absent", allowed: (values) => values.length === 0 },
  DoesNotExist: { text: "absent", allowed: (values) => values.length === 0 },
  Gt: { text: "one whole number", allowed: isOneNumber },
  Lt: { text: "one whole number", allowed: isOneNumber },
};

function isOneNumber(values: readonly string[]): boolean {
  return values.length === 1 && /^-?\d{1,18}$/.test(values[0] ?? "");
}

/** A node has one value of a label; asked for two, none would ever fit. */
function contradictions(selector: LabelSelector): readonly Issue[] {
  const labels = selectorLabels({ matchLabels: selector.matchLabels ?? {} });
  const stated = new Map(Object.entries(labels));
  return (selector.matchExpressions ?? []).flatMap(({ key, values }, i) => {
    const [value = ""] = values ?? [];
    const other = stated.get(key);
    stated.set(key, value);
    if (other === undefined || other === value || reservedKeys.includes(key)) return [];
    const path = `${PATH}.matchExpressions[${i}]`;
    const text = `${path} asks for ${shown(value)} where ${shown(key)} is ${shown(other)}: a node has one value`;
    return [error(path, "selector/contradiction", text)];
  });
}

function checkLabel(path: string, key: string, values: readonly string[], provision: boolean): readonly Issue[] {
  if (!KEY.test(key)) return [error(path, "selector/key", `${path}: ${shown(key)} is no label key`)];
  const wrong = values.find((value) => !VALUE.test(value));
  if (wrong !== undefined) {
    const text = `${path} must be a label value of at most 63 letters, digits, - _ and ., given ${shown(wrong)}`;
    return [error(path, "selector/value", text)];
  }
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
    ...(selector?.matchExpressions ?? [])
      .filter(({ key }) => !reservedKeys.includes(key))
      .map(({ key, operator, values }) => ({
        key,
        operator,
        ...(values === undefined || values.length === 0 ? {} : { values }),
      })),
  ];
}
