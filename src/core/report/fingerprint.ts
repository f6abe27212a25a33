import { canonicalJson, sha256Hex } from "../json.ts";
import type { RuleCode } from "../rules.ts";
import type { Subject } from "./report.ts";

/**
 * Stays the same while lines and messages change: sha256 of rule, object and field, 32 hex digits. And while a Workspace moves
 * to another group: what a baseline knows of it is known still.
 */
export function fingerprint(code: RuleCode, subject: Subject | undefined, path: string): string {
  const { kind, namespace, name } = subject ?? { kind: "", namespace: "", name: "" };
  return sha256Hex(canonicalJson([code, kind, namespace, name, path])).slice(0, 32);
}
