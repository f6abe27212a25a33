import { textAt } from "../../core/capacity/fields.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Api } from "./api.ts";
import { expectStatus } from "./forge.ts";
import { beginsWith, ownership } from "./github.ts";
import { hunksOf, isShown } from "./patch-lines.ts";
import type { Suggestion } from "./suggestion.ts";
import type { Target } from "./target.ts";

// More at once is noise, and GitHub's limits against it begin about here.
const MOST_SUGGESTIONS = 50;

export interface Reviewed {
  readonly posted: number;
  /** Made by an earlier run. */
  readonly known: number;
  /** On lines the pull request does not show. */
  readonly elsewhere: number;
  /** Beyond what one run makes. */
  readonly left: number;
}

/**
 * Puts suggestions on the lines of a pull request, each once: what a run before made is known by its hidden marker.
 * @param commit head of the pull request
 */
export async function review(api: Api, target: Target, commit: string, all: readonly Suggestion[]): Promise<Reviewed> {
  const pull = `/repos/${target.project}/pulls/${target.number}`;
  const files = await api.list(`${pull}/files`);
  const patches = new Map(files.map((one) => [textAt(one, "filename") ?? "", hunksOf(textAt(one, "patch") ?? "")]));
  const shown = all.filter(({ file, line, endLine }) => isShown(patches.get(file) ?? [], line, endLine));
  const isOwn = await ownership(api, target.api);
  const former = (await api.list(`${pull}/comments`)).filter(isOwn).map((one) => textAt(one, "body"));
  const fresh = shown.filter(({ marker }) => !former.some((body) => beginsWith(body, marker)));
  const chosen = fresh.slice(0, MOST_SUGGESTIONS);
  const posted = chosen.length === 0 ? 0 : await postAll(api, pull, commit, chosen);
  return {
    posted,
    known: shown.length - fresh.length,
    elsewhere: all.length - shown.length,
    left: fresh.length - chosen.length,
  };
}

/** In one review; where GitHub refuses it for one of them, each by itself. */
async function postAll(api: Api, pull: string, commit: string, chosen: readonly Suggestion[]): Promise<number> {
  const comments = chosen.map(commentOf);
  const answer = await api.call("POST", `${pull}/reviews`, { commit_id: commit, event: "COMMENT", comments });
  expectStatus("github", "review", answer, 200, 422);
  if (answer.status === 200) return chosen.length;
  let posted = 0;
  for (const comment of comments) {
    const one = await api.call("POST", `${pull}/comments`, { commit_id: commit, ...comment });
    expectStatus("github", "review comment", one, 201, 422);
    if (one.status === 201) posted++;
  }
  return posted;
}

function commentOf({ file, line, endLine, body }: Suggestion): JsonObject {
  const start = line === endLine ? {} : { start_line: line, start_side: "RIGHT" };
  return { path: file, line: endLine, side: "RIGHT", ...start, body };
}
