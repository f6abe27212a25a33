import { UsageError } from "../../option.ts";
import type { Body } from "./body.ts";
import type { Forge } from "./forge.ts";

export const BEHAVIORS = ["update", "new", "hide-and-new", "delete-and-new"] as const;
export type Behavior = (typeof BEHAVIORS)[number];

/** What was done. */
export type Posted = "created" | "updated" | "unchanged";

/** Puts the comment there. A new one is there before an old one goes, so that an interrupted run leaves one. */
export async function post(forge: Forge, { marker, text }: Body, behavior: Behavior): Promise<Posted> {
  if (behavior === "hide-and-new" && forge.hide === undefined) {
    throw new UsageError("GitLab cannot hide a comment: use --behavior update or delete-and-new");
  }
  const former = behavior === "new" ? [] : await forge.own(marker);
  if (behavior === "update") return await update(forge, text, former.at(-1));
  await forge.create(text);
  for (const { id } of former) {
    if (behavior === "delete-and-new") await forge.remove(id);
    else await forge.hide?.(id);
  }
  return "created";
}

async function update(
  forge: Forge,
  text: string,
  last: Awaited<ReturnType<Forge["own"]>>[number] | undefined,
): Promise<Posted> {
  // Forges keep line ends of their own and no white space at the end.
  if (last !== undefined && last.body.replaceAll("\r\n", "\n").trimEnd() === text) return "unchanged";
  if (last !== undefined && (await forge.update(last.id, text))) return "updated";
  await forge.create(text);
  return "created";
}
