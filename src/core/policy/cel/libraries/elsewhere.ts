import { NotJudged } from "../errors.ts";
import type { Overload } from "../overload.ts";
import type { Kind } from "../value.ts";

/** Functions Kubernetes has and this engine has not, with their number of arguments, the receiver included. */
const METHODS: readonly (readonly [string, number])[] = [
  ["path", 2],
  ["group", 2],
  ["serviceAccount", 3],
  ["resource", 2],
  ["subresource", 2],
  ["namespace", 2],
  ["name", 2],
  ["fieldSelector", 2],
  ["labelSelector", 2],
  ["check", 2],
  ["allowed", 1],
  ["reason", 1],
  ["errored", 1],
  ["error", 1],
];
const FORMATS = ["qualifiedName", "dns1123LabelPrefix", "dns1123SubdomainPrefix", "dns1035LabelPrefix", "datetime"];

function missing(name: string, count: number, method: boolean): Overload {
  const kinds: readonly Kind[] = Array.from({ length: count }, () => "dyn");
  const call = (): never => {
    throw new NotJudged(`${name}() is not known here`);
  };
  return { name, method, kinds, call };
}

/** Naming one is no mistake; what needs its answer is not judged. */
export const elsewhere: readonly Overload[] = [
  ...METHODS.map(([name, count]) => missing(name, count, true)),
  ...FORMATS.map((name) => missing(`format.${name}`, 0, false)),
];
