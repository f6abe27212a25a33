/** Texts of values that are frozen for good. */
const texts = new WeakMap<object, string>();

/** Remembers the text of a value that nobody can change any more, all the way down. */
export function keepText(value: object): void {
  texts.set(value, JSON.stringify(value));
}

/** The members on the way from a patch to the parts of a pod that have kept texts; elsewhere nobody looks for one. */
const WAY = ["value", "podTemplate", "spec"];

/** What JSON.stringify gives, byte for byte, with the kept texts put in as they are. */
export function jsonText(value: object): string {
  if (Array.isArray(value)) return `[${value.map((item) => memberText("", item)).join(",")}]`;
  let members = "";
  for (const key of Object.keys(value)) {
    const member = (value as { readonly [key: string]: unknown })[key];
    if (member === undefined) continue;
    const separator = members === "" ? "" : ",";
    members += `${separator}${JSON.stringify(key)}:${memberText(key, member)}`;
  }
  return `{${members}}`;
}

function memberText(key: string, member: unknown): string {
  if (typeof member !== "object" || member === null) return JSON.stringify(member ?? null);
  if (key === "" || WAY.includes(key)) return jsonText(member);
  return texts.get(member) ?? JSON.stringify(member);
}
