import { UsageError } from "../../option.ts";

export type Provider = "github" | "gitlab";

/** Where a comment goes, and as whom. */
export interface Target {
  readonly provider: Provider;
  /** Base of the REST API, without a slash at its end. */
  readonly api: string;
  /** `owner/name` of GitHub, id or path of GitLab. */
  readonly project: string;
  /** Number of the pull request or merge request. */
  readonly number: number;
}

export interface Stated {
  readonly provider?: Provider;
  readonly number?: number;
}

type Environment = { readonly [name: string]: string | undefined };

/** The pull request that is meant: what is stated, else what the environment of CI says. Throws UsageError for what is missing. */
export function targetOf({ provider: stated, number: given }: Stated, environment: Environment): Target {
  const provider = stated ?? detected(environment);
  if (provider === undefined) {
    throw new UsageError(
      "neither GITHUB_REPOSITORY nor CI_PROJECT_ID is set: say --provider github or gitlab, and set them",
    );
  }
  const number = given ?? numberOf(provider, environment);
  if (number === undefined) {
    throw new UsageError(provider === "github" ? "which pull request? say --pr N" : "which merge request? say --mr N");
  }
  return { provider, api: apiOf(provider, environment), project: projectOf(provider, environment), number };
}

function detected(environment: Environment): Provider | undefined {
  if (environment["GITHUB_REPOSITORY"]) return "github";
  return environment["CI_PROJECT_ID"] ? "gitlab" : undefined;
}

function numberOf(provider: Provider, environment: Environment): number | undefined {
  const text =
    provider === "github"
      ? /^refs\/pull\/(\d{1,10})\/(merge|head)$/.exec(environment["GITHUB_REF"] ?? "")?.[1]
      : /^\d{1,10}$/.exec(environment["CI_MERGE_REQUEST_IID"] ?? "")?.[0];
  return text === undefined ? undefined : Number(text);
}

function projectOf(provider: Provider, environment: Environment): string {
  const [name, form] =
    provider === "github"
      ? (["GITHUB_REPOSITORY", /^[\w.-]+\/[\w.-]+$/] as const)
      : (["CI_PROJECT_ID", /^[\w./-]+$/] as const);
  const given = environment[name] ?? "";
  if (form.test(given)) return given;
  throw new UsageError(
    `${name} must be ${provider === "github" ? "OWNER/NAME" : "the id or path of the project"}, given ${JSON.stringify(given.slice(0, 200))}`,
  );
}

function apiOf(provider: Provider, environment: Environment): string {
  const [name, usual] =
    provider === "github"
      ? (["GITHUB_API_URL", "https://api.github.com"] as const)
      : (["CI_API_V4_URL", "https://gitlab.com/api/v4"] as const);
  const given = environment[name] || usual;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || /[@?#]/.test(url.href) || !isPrivate(url)) {
    throw new UsageError(`${name} must be an address such as ${usual}: https, without user and query`);
  }
  return url.href.replace(/\/+$/, "");
}

/** The token goes along: nobody on the way may read it. */
function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname));
}

/** The token, from the environment only: a flag is seen by everybody on the machine. Its text is in no message. */
export function tokenOf(provider: Provider, environment: Environment): string {
  const name = provider === "github" ? "GITHUB_TOKEN" : "GITLAB_TOKEN";
  const token = environment[name] ?? "";
  if (token === "") throw new UsageError(`${name} is not set: it needs the right to write ${rights(provider)}`);
  if (token.length <= 2048 && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new UsageError(`${name} holds characters that no token has, or is too long`);
}

/** What a token must be allowed. */
export function rights(provider: Provider): string {
  return provider === "github"
    ? "pull requests (permissions: pull-requests: write)"
    : "the API (scope api, role Reporter or more)";
}
