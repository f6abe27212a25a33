import { readFileSync } from "node:fs";
import { depthIssues } from "../../core/input-types.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { isWorkspace } from "../../core/kinds/is-workspace.ts";
import { type Workspace, workspaceSchema } from "../../core/kinds/workspace.ts";
import { validator } from "../../core/schema.ts";
import { UsageError } from "../../option.ts";
import { pruned } from "../pruned.ts";

// 500 Workspaces of 64 KiB each, as kubectl indents them, are 60 MiB.
const LARGEST_BYTES = 256 * 1024 * 1024;
const HOW = "make it with kubectl get workspaces -A -o json";

const validate = validator(workspaceSchema);

/**
 * The Workspaces of a file that kubectl wrote. Throws UsageError for what it did not write.
 * @param path `-` is standard input
 */
export function readLiveFile(path: string): readonly Workspace[] {
  const parsed = parse(path);
  const items = isObject(parsed) && Array.isArray(parsed["items"]) ? parsed["items"] : [parsed];
  return items.map((item, i) => {
    if (!isObject(item) || !isWorkspace(item))
      throw new UsageError(`--live ${path}: item ${i} is no Workspace: ${HOW}`);
    return checked(item, `--live ${path}: item ${i}`);
  });
}

/** As it came: what a newer version has besides is left out. */
function checked(item: JsonObject, where: string): Workspace {
  const tooLarge = depthIssues({ metadata: {}, ...item } as unknown as Workspace)[0];
  if (tooLarge !== undefined) throw new UsageError(`${where}: ${tooLarge.message}`);
  const known = pruned(item, workspaceSchema.json).value as JsonObject;
  const wrong = validate(known, "")[0];
  if (wrong !== undefined) throw new UsageError(`${where}: ${wrong.message}: ${HOW}`);
  const { metadata } = known;
  const named = isObject(metadata) && [metadata["name"], metadata["namespace"]].every((one) => typeof one === "string");
  if (!named) throw new UsageError(`${where} has no name and namespace: ${HOW}`);
  return known as unknown as Workspace;
}

function parse(path: string): unknown {
  const text = read(path);
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`--live ${path} is not JSON: ${HOW}`);
  }
}

function read(path: string): string {
  let text: string;
  try {
    text = readFileSync(path === "-" ? 0 : path, "utf8");
  } catch (error) {
    throw new UsageError(`--live ${path}: ${error instanceof Error ? error.message : error}`);
  }
  if (text.length > LARGEST_BYTES)
    throw new UsageError(`--live ${path} is larger than 256 MiB: select fewer Workspaces`);
  return text;
}
