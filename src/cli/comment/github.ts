import { objectAt, textAt } from "../../core/capacity/fields.ts";
import type { JsonObject } from "../../core/json.ts";
import { type Api, openApi } from "./api.ts";
import { expectStatus, type Forge } from "./forge.ts";
import type { Target } from "./target.ts";

const VERSION = "2022-11-28";

type Environment = { readonly [name: string]: string | undefined };

export async function githubApi({ api }: Target, token: string, environment: Environment): Promise<Api> {
  return await openApi(api, { authorization: `Bearer ${token}`, "x-github-api-version": VERSION }, environment);
}

export function githubForge(api: Api, { api: base, project, number }: Target): Forge {
  const comments = `/repos/${project}/issues/comments`;
  return {
    async head() {
      const answer = await api.call("GET", `/repos/${project}/pulls/${number}`);
      expectStatus("github", `pull request ${number}`, answer, 200);
      return textAt(answer.body, "head", "sha") ?? "";
    },
    async own(marker) {
      const isOwn = await ownership(api, base);
      const all = await api.list(`/repos/${project}/issues/${number}/comments`);
      return all
        .filter((one) => isOwn(one) && beginsWith(textAt(one, "body"), marker))
        .map((one) => ({ id: String(one["id"]), body: textAt(one, "body") ?? "" }));
    },
    async create(body) {
      expectStatus(
        "github",
        "new comment",
        await api.call("POST", `/repos/${project}/issues/${number}/comments`, { body }),
        201,
      );
    },
    async update(id, body) {
      const answer = await api.call("PATCH", `${comments}/${id}`, { body });
      expectStatus("github", `comment ${id}`, answer, 200, 404);
      return answer.status === 200;
    },
    async remove(id) {
      expectStatus("github", `comment ${id}`, await api.call("DELETE", `${comments}/${id}`), 204, 404);
    },
    async hide(id) {
      const one = await api.call("GET", `${comments}/${id}`);
      const subjectId = textAt(one.body, "node_id");
      if (subjectId === undefined) return;
      const query =
        "mutation($subjectId: ID!) { minimizeComment(input: {subjectId: $subjectId, classifier: OUTDATED}) { clientMutationId } }";
      expectStatus("github", `comment ${id}`, await graphql(api, base, query, { subjectId }), 200);
    },
  };
}

/**
 * Whether a comment is by the owner of the token. Where GitHub does not tell who that is, a person's is never ours: who may comment
 * may copy a marker, too.
 */
export async function ownership(api: Api, base: string): Promise<(comment: JsonObject) => boolean> {
  const { status, body } = await graphql(api, base, "query { viewer { login } }", {});
  const login = status === 200 ? textAt(body, "data", "viewer", "login") : undefined;
  const bare = (name: string | undefined): string | undefined => name?.replace(/\[bot\]$/, "").toLowerCase();
  return (comment) => {
    const user = objectAt(comment, "user");
    const isBot = user["type"] === "Bot";
    if (login === undefined) return isBot;
    return bare(textAt(user, "login")) === bare(login) && login.endsWith("[bot]") === isBot;
  };
}

/** On GitHub Enterprise Server the REST API is below /api/v3 and GraphQL beside it. */
async function graphql(api: Api, base: string, query: string, variables: JsonObject): ReturnType<Api["call"]> {
  return await api.callAt("POST", `${base.replace(/\/v3$/, "")}/graphql`, { query, variables });
}

export function beginsWith(body: string | undefined, marker: string): boolean {
  return body !== undefined && (body.split(/\r?\n/, 1)[0] ?? "") === marker;
}
