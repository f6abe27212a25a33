import { readFileSync, statSync } from "node:fs";
import { UsageError } from "../option.ts";
import { type Arguments, command } from "./arguments.ts";
import type { Api } from "./comment/api.ts";
import { type Body, commentBody } from "./comment/body.ts";
import { MOST_CHARACTERS } from "./comment/forge.ts";
import { githubApi, githubForge } from "./comment/github.ts";
import { gitlabApi, gitlabForge } from "./comment/gitlab.ts";
import { BEHAVIORS, post } from "./comment/post.ts";
import { review } from "./comment/review.ts";
import { type Suggestion, suggestionsOf } from "./comment/suggestion.ts";
import { type Target, targetOf, tokenOf } from "./comment/target.ts";
import { ExitCode } from "./exit-code.ts";
import { writeOut } from "./write-out.ts";

const LARGEST_REPORT_BYTES = 4 * 1024 * 1024;
const LARGEST_SUGGESTIONS_BYTES = 32 * 1024 * 1024;

const options = {
  provider: {
    kind: "choice",
    choices: ["auto", "github", "gitlab"],
    default: "auto",
    help: "auto: as the variables of CI say",
  },
  pr: { kind: "integer", min: 1, help: "number of the pull request (default: that of GITHUB_REF)" },
  mr: { kind: "integer", min: 1, help: "number of the merge request (default: CI_MERGE_REQUEST_IID)" },
  sha: {
    kind: "text",
    help: "commit that must be the head of it, else nothing is posted: ties a number of a fork to its run",
  },
  behavior: { kind: "choice", choices: BEHAVIORS, default: "update", help: "what becomes of the comment before" },
  key: { kind: "text", help: "key the report must have (default: whichever it has)" },
  suggestions: { kind: "text", help: "JSON of foresail check: its fixes become suggestions on the lines (GitHub)" },
  directory: { kind: "text", help: "where the report's files are named from, from the root of the repository" },
  dryRun: { kind: "switch", default: false, help: "print what would be posted; needs no token and no network" },
} as const;

type CommentArguments = Arguments<typeof options>;

/** `foresail comment`: the one command that writes to a forge, so that the jobs which read files need no token. */
export const run = command(
  {
    name: "comment",
    usage: "[FILE] [OPTIONS]",
    about: [
      "Puts a markdown report of foresail diff or check on a pull request or merge request, and updates it there. FILE - or none:",
      "standard input. The token is read from GITHUB_TOKEN or GITLAB_TOKEN only; repository and address from the variables of CI",
      "(GITHUB_REPOSITORY, GITHUB_API_URL; CI_PROJECT_ID, CI_API_V4_URL). A report may come from a fork: it mentions nobody and runs no",
      "command, and only comments of the token's owner are touched. Retries what is refused for a while, for a minute at most.",
      "Exit codes: 0 posted, or nothing to change; 2 usage or input error, or the forge refuses; 3 internal error.",
    ],
    options,
    operands: true,
    examples: [
      "foresail diff --base origin/main -o markdown=diff.md && foresail comment diff.md",
      "foresail comment --pr 12 --sha 0123abc… diff.md",
      "foresail comment --provider gitlab --mr 7 --behavior delete-and-new report.md",
      "foresail comment --pr 12 --suggestions report.json report.md",
      "foresail comment --dry-run diff.md",
    ],
  },
  comment,
);

async function comment({ values, operands }: CommentArguments): Promise<number> {
  if (operands.length > 1) throw new UsageError("foresail comment takes one FILE");
  const environment = process.env;
  const number = values.pr ?? values.mr;
  const stated = values.provider === "auto" ? {} : { provider: values.provider };
  const target = targetOf({ ...stated, ...(number === undefined ? {} : { number }) }, environment);
  const report = readText(operands[0] ?? "-", LARGEST_REPORT_BYTES);
  const body = commentBody(report, values.key, MOST_CHARACTERS[target.provider]);
  const suggestions = readSuggestions(values, target);
  if (values.dryRun) return await printed(body, suggestions);
  const token = tokenOf(target.provider, environment);
  const api = await (target.provider === "github" ? githubApi : gitlabApi)(target, token, environment);
  try {
    return await posted(api, target, body, suggestions, values);
  } finally {
    await api.close();
  }
}

async function posted(
  api: Api,
  target: Target,
  body: Body,
  suggestions: readonly Suggestion[],
  { sha, behavior }: CommentArguments["values"],
): Promise<number> {
  const forge = target.provider === "github" ? githubForge(api, target) : gitlabForge(api, target);
  const head = sha === undefined && suggestions.length === 0 ? undefined : await forge.head();
  if (sha !== undefined && (head === undefined || !/^[0-9a-f]{40,64}$/.test(sha) || head !== sha)) {
    throw new UsageError(
      `${target.number} has another head than --sha: nothing is posted (it takes the whole hash of the commit)`,
    );
  }
  const done = await post(forge, body, behavior);
  const lines = [`comment ${done}`];
  if (head !== undefined && suggestions.length > 0) {
    const { posted: made, known, elsewhere, left } = await review(api, target, head, suggestions);
    lines.push(
      `suggestions: ${made} posted, ${known} there already, ${elsewhere} outside the diff, ${left} left for the next run`,
    );
  }
  await writeOut(`${lines.join("\n")}\n`);
  return ExitCode.clean;
}

async function printed({ text }: Body, suggestions: readonly Suggestion[]): Promise<number> {
  const told = suggestions.map(
    ({ file, line, endLine, body }) => `\n--- ${JSON.stringify(file)}:${line}-${endLine}\n${body}\n`,
  );
  await writeOut(`${text}\n${told.join("")}`);
  return ExitCode.clean;
}

function readSuggestions(
  { suggestions: path, directory = "" }: CommentArguments["values"],
  { provider }: Target,
): readonly Suggestion[] {
  if (path === undefined) return [];
  if (provider === "gitlab")
    throw new UsageError("--suggestions is for GitHub: GitLab shows findings in its Code Quality report");
  const text = readText(path, LARGEST_SUGGESTIONS_BYTES);
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch {
    throw new UsageError(`--suggestions ${path} is not JSON`);
  }
  return suggestionsOf(report, directory);
}

function readText(path: string, mostBytes: number): string {
  try {
    if (path !== "-" && statSync(path).size > mostBytes)
      throw new UsageError(`${path} is larger than ${mostBytes} bytes`);
    const text = readFileSync(path === "-" ? 0 : path, "utf8");
    if (text.length > mostBytes) throw new UsageError(`standard input is larger than ${mostBytes} bytes`);
    return text;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : error}`);
  }
}
