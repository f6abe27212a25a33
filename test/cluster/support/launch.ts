import { join } from "node:path";
import { scrubbedEnvironment } from "../../../src/local/environment.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { cluster } from "./cluster.ts";

/** What a process of ours is started with. */
export interface Run {
  /** kubeconfig of its ServiceAccount. */
  readonly kubeconfig: string;
  /** Arguments of the shipped Deployment, then those that this machine needs; none says where the API server is. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Launched {
  readonly command: readonly [program: string, ...args: string[]];
  readonly env: Readonly<Record<string, string>>;
}

/** Turns what is to run into a command. */
export type Launch = (run: Run) => Launched;

/** Runs the package in a folder, on this process's Node. Default: this checkout. */
export function fromPackage(folder: string = packageRoot()): Launch {
  return ({ kubeconfig, args, env }) => ({
    command: [process.execPath, join(folder, "bin/foresail.js"), ...args, `--kubeconfig=${kubeconfig}`],
    env: { ...scrubbedEnvironment(cluster().workDir), ...env },
  });
}
