/** A JSON text that a model's repository publishes. */
export type ModelJson =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "wrong"; readonly message: string };

/**
 * Parses a file of a model repository. Python writes Infinity and NaN, which are no JSON: they are read as null, as
 * nothing that is asked of such a file can be either. Nesting and members named __proto__ do no harm: nothing is merged.
 */
export function parseModelJson(text: string): ModelJson {
  const plain = parse(text);
  return plain.kind === "value" ? plain : parse(withoutPythonNumbers(text));
}

function parse(text: string): ModelJson {
  try {
    return { kind: "value", value: JSON.parse(text) };
  } catch (error) {
    const message = error instanceof Error ? error.message : "cannot be parsed";
    return { kind: "wrong", message: message.split("\n")[0]?.slice(0, 160) ?? "" };
  }
}

/** One pass, so that hostile text costs no more than its length; what stands inside strings stays. */
function withoutPythonNumbers(text: string): string {
  const parts: string[] = [];
  let at = 0;
  while (at < text.length) {
    const quote = text.indexOf('"', at);
    const end = quote === -1 ? text.length : quote;
    parts.push(text.slice(at, end).replaceAll(/-?\bInfinity\b|\bNaN\b/g, "null"));
    at = end === text.length ? end : afterString(text, end);
    parts.push(text.slice(end, at));
  }
  return parts.join("");
}

function afterString(text: string, quote: number): number {
  for (let at = quote + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}
