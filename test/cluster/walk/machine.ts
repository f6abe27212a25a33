import { spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { scrubbedEnvironment } from "../../../src/local/environment.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

/** What README and first-hour.md ask for, and what every shell has beside itself. */
const PROGRAMS = ["git", "make", "npm", "npx", "node", "sh", "bash", "cp", "touch"];

/** A machine on which nobody has done anything: its own home, a checkout, and the programs the pages ask for. */
export interface Machine {
  /** The checkout: a git repository on branch main, as origin has it. */
  readonly checkout: string;
  /** A folder beside the checkout. */
  readonly repository: string;
  /** What a kubectl without options reads. */
  readonly kubeconfig: string;
  /** Types a line of shell into a new terminal. */
  type(line: string, folder: string): Terminal;
  /** What ours left in the folder for temporary files. */
  readonly leftovers: () => readonly string[];
  remove(): void;
}

/** Makes it. `programs` are further ones by name, `kubeconfig` the text of the file with its cluster. */
export function cleanMachine(programs: Readonly<Record<string, string>>, kubeconfig: string): Machine {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "foresail-walk-")));
  const made = (...names: readonly string[]): string => {
    const folder = join(root, ...names);
    mkdirSync(folder);
    return folder;
  };
  const [home, bin, temporary] = [made("home"), made("bin"), made("tmp")] as const;
  const [checkout, repository] = [made("foresail"), made("models-of-mine")] as const;
  const kubeconfigFile = join(made("home", ".kube"), "config");
  for (const name of PROGRAMS) symlinkSync(realpathSync(programOfUser(name)), join(bin, name));
  for (const [name, file] of Object.entries(programs)) symlinkSync(file, join(bin, name));
  writeFileSync(kubeconfigFile, kubeconfig, { mode: 0o600 });
  settleNpm(home);
  const env = { ...scrubbedEnvironment(home), PATH: bin, TMPDIR: temporary };
  commitAll(checkout, packageRoot(), env);
  return {
    checkout,
    repository,
    kubeconfig: kubeconfigFile,
    type: (line, folder) => openTerminal(line, { cwd: folder, env }),
    // npm keeps what V8 made of it there.
    leftovers: () => readdirSync(temporary).filter((name) => name.startsWith("foresail")),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** The user's own: whatever is on PATH beside what this checkout brings. */
function programOfUser(name: string): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  const found = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (found === undefined) throw new Error(`${name} is not on PATH`);
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where this machine gets packages from, and those it has fetched already: neither is the newcomer's business. */
function settleNpm(home: string): void {
  const { stdout } = spawnSync(programOfUser("npm"), ["config", "list", "--json"], { encoding: "utf8" });
  const settings = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  mkdirSync(join(home, ".npm"));
  const fetched = join(String(settings["cache"]), "_cacache");
  mkdirSync(fetched, { recursive: true });
  symlinkSync(fetched, join(home, ".npm", "_cacache"));
  const network = ["registry", "cafile", "proxy", "https-proxy"].flatMap((name) => {
    const value = settings[name];
    return typeof value === "string" ? [`${name}=${value}`] : [];
  });
  // npx must run nobody's package by the name of ours where a page forgets to install it.
  const lines = [...network, "prefer-offline=true", "update-notifier=false", "yes=false"];
  writeFileSync(join(home, ".npmrc"), `${lines.join("\n")}\n`);
}

/**
 * Makes `folder` a git repository with all files of `source` that git does not ignore, committed on main, which origin has as
 * well. What `source` knows of git plays no part: a checkout of CI may have neither main nor origin/main.
 */
export function commitAll(folder: string, source: string, env: NodeJS.ProcessEnv): void {
  const git = (...args: readonly string[]): void => {
    const who = ["-c", "user.name=Newcomer", "-c", "user.email=newcomer@example.com", "-c", "core.autocrlf=false"];
    const { status, stderr } = spawnSync("git", [...who, ...args], { cwd: folder, env, encoding: "utf8" });
    if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  };
  git("init", "--quiet", "--initial-branch=main");
  git(`--git-dir=${join(folder, ".git")}`, `--work-tree=${source}`, "add", "--all");
  git("commit", "--quiet", "--message=As it is");
  git("reset", "--quiet", "--hard");
  git("update-ref", "refs/remotes/origin/main", "HEAD");
}
