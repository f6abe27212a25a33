import { execFileSync } from "node:child_process";

/** What an image was built from. */
export interface Origin {
  /** Commit, with `-dirty` where files differ from it; absent outside of git. */
  readonly revision?: string;
  /** Time of the commit, or SOURCE_DATE_EPOCH (seconds): never the time of the build, which would change the digest. */
  readonly created: string;
}

export function originOf(root: string, env: NodeJS.ProcessEnv = process.env): Origin {
  const git = (...args: readonly string[]): string | undefined => {
    try {
      return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    } catch {
      return undefined;
    }
  };
  const commit = git("rev-parse", "HEAD");
  const seconds = Number(env["SOURCE_DATE_EPOCH"] ?? git("log", "-1", "--format=%ct") ?? 0);
  const created = new Date(seconds * 1000).toISOString();
  if (commit === undefined) return { created };
  const dirty = git("status", "--porcelain") !== "";
  return { revision: dirty ? `${commit}-dirty` : commit, created };
}
