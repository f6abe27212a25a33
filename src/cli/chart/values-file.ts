import { isObject, type JsonObject } from "../../core/json.ts";

/** values.yaml: every value with its sentence and its default, in the order of the schema. */
export function valuesFile(schema: JsonObject): string {
  return lines(schema, "").join("\n").trim().concat("\n");
}

function lines(schema: JsonObject, indent: string): readonly string[] {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  return Object.entries(properties).flatMap(([name, value]) => {
    if (!isObject(value) || value["description"] === undefined) return [];
    const said = `${indent}# ${value["description"]}${choices(value)}`;
    const inner = value["default"] === undefined ? lines(value, `${indent}  `) : undefined;
    const stated = inner === undefined ? ` ${JSON.stringify(value["default"])}` : "";
    const space = indent === "" ? [""] : [];
    return [...space, said, `${indent}${name}:${stated}`, ...(inner ?? [])];
  });
}

function choices({ enum: among }: JsonObject): string {
  if (!Array.isArray(among)) return "";
  return ` One of ${among.filter((one) => one !== "").join(", ")}.`;
}
