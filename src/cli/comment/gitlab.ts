import { numberAt, textAt } from "../../core/capacity/fields.ts";
import { type Api, openApi } from "./api.ts";
import { expectStatus, type Forge } from "./forge.ts";
import { beginsWith } from "./github.ts";
import type { Target } from "./target.ts";

type Environment = { readonly [name: string]: string | undefined };

export async function gitlabApi({ api }: Target, token: string, environment: Environment): Promise<Api> {
  return await openApi(api, { "private-token": token }, environment);
}

export function gitlabForge(api: Api, { project, number }: Target): Forge {
  const request = `/projects/${encodeURIComponent(project)}/merge_requests/${number}`;
  const notes = `${request}/notes`;
  return {
    async head() {
      const answer = await api.call("GET", request);
      expectStatus("gitlab", `merge request ${number}`, answer, 200);
      return textAt(answer.body, "sha") ?? "";
    },
    async own(marker) {
      const user = await api.call("GET", "/user");
      expectStatus("gitlab", "the owner of the token", user, 200);
      const id = numberAt(user.body, "id");
      const all = await api.list(notes);
      return all
        .filter((one) => numberAt(one, "author", "id") === id && beginsWith(textAt(one, "body"), marker))
        .map((one) => ({ id: String(one["id"]), body: textAt(one, "body") ?? "" }))
        .reverse();
    },
    async create(body) {
      expectStatus("gitlab", "new note", await api.call("POST", notes, { body }), 201);
    },
    async update(id, body) {
      const answer = await api.call("PUT", `${notes}/${id}`, { body });
      expectStatus("gitlab", `note ${id}`, answer, 200, 404);
      return answer.status === 200;
    },
    async remove(id) {
      expectStatus("gitlab", `note ${id}`, await api.call("DELETE", `${notes}/${id}`), 204, 404);
    },
  };
}
