import { isObject } from "../../../../core/json.ts";
import { branch, leaf, type Tree } from "../../tree/tree.ts";
import { normalizedName, type Parameters, Undecided } from "./parameters.ts";

/** Fills one text. Throws Undecided for what is not known. */
export type Fill = (text: string, parameters: Parameters) => string;

/** A tree with every text and name filled. */
export function filledTree(tree: Tree, parameters: Parameters, fill: Fill): Tree {
  if (tree.kind === "list") return { ...tree, items: tree.items.map((item) => filledTree(item, parameters, fill)) };
  if (tree.kind === "leaf") {
    return typeof tree.value === "string" ? leaf(fill(tree.value, parameters), tree.at) : { ...tree };
  }
  const made = branch(tree.at);
  for (const [key, member] of tree.members) {
    made.members.set(fill(key, parameters), filledTree(member, parameters, fill));
  }
  return made;
}

/** The older templates: `{{name}}`; a name without a value stays as it stands. */
export const fillPlain: Fill = (text, parameters) =>
  text.replaceAll(/\{\{([^{}]*)\}\}/g, (whole, name: string) => {
    const key = name.trim();
    return Object.hasOwn(parameters, key) ? String(parameters[key]) : whole;
  });

/** Go templates, as far as they name values: fields, `index`, and a few functions of one text. */
export const fillGo: Fill = (text, parameters) => {
  const [start = "", ...rest] = text.split("{{");
  return rest.reduce((made, part) => {
    const end = part.indexOf("}}");
    const action = part.slice(0, end);
    if (end < 0 || action.includes("{")) throw new Undecided(`the template ${text} is not known`);
    const value = pipeline(action.replace(/^-/, "").replace(/-$/, "").trim(), parameters);
    const after = part.slice(end + 2);
    return `${action.startsWith("-") ? made.trimEnd() : made}${value}${action.endsWith("-") ? after.trimStart() : after}`;
  }, start);
};

/** Functions of one value, as text/template and Argo CD have them. */
const FUNCTIONS: { readonly [name: string]: (text: string) => string } = {
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
  trim: (text) => text.trim(),
  normalize: (text) => normalizedName(text),
  quote: (text) => JSON.stringify(text),
  toString: (text: string) => text,
};

function pipeline(action: string, parameters: Parameters): string {
  const [first = "", ...functions] = action.split("|").map((part) => part.trim());
  const [, name = "", argument] = /^(\w+)\s+(\.\S+)$/.exec(first) ?? [];
  const isCall = Object.hasOwn(FUNCTIONS, name);
  const start = operand(isCall ? (argument ?? "") : first, parameters);
  return [...(isCall ? [name] : []), ...functions].reduce((value, one) => {
    const apply = Object.hasOwn(FUNCTIONS, one) ? FUNCTIONS[one] : undefined;
    if (apply === undefined) throw new Undecided(`the template {{ ${action} }} is not known`);
    return apply(value);
  }, start);
}

function operand(text: string, parameters: Parameters): string {
  const words = text.match(/"[^"\\]*"|`[^`]*`|[^\s"`]+/g) ?? [];
  const keys = words[0] === "index" ? [...fieldsOf(words[1] ?? "", text), ...words.slice(2).map(literal)] : undefined;
  const path = keys ?? (words.length === 1 ? fieldsOf(words[0] ?? "", text) : unknown(text));
  const value = path.reduce<unknown>((found, key) => memberOf(found, key), parameters);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  throw new Undecided(`{{ ${text} }} has no value`);
}

function fieldsOf(word: string, text: string): readonly string[] {
  return /^(?:\.[A-Za-z_]\w*)+$/.test(word) ? word.split(".").slice(1) : unknown(text);
}

function literal(word: string): string {
  return /^["`]/.test(word) ? word.slice(1, -1) : word;
}

function unknown(text: string): never {
  throw new Undecided(`the template {{ ${text} }} is not known`);
}

function memberOf(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value[Number(key)];
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
