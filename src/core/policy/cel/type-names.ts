const TYPES: ReadonlySet<string> = new Set([
  "bool",
  "int",
  "uint",
  "double",
  "string",
  "bytes",
  "list",
  "map",
  "null_type",
  "type",
  "optional_type",
]);

/** Whether a name stands for a type. */
export function isType(name: string): boolean {
  return TYPES.has(name);
}
