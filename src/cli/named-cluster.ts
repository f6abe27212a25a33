import { UsageError } from "../option.ts";
import type { ClusterChoice } from "./live.ts";

/** Which cluster `--live` means. */
export const clusterOptions = {
  kubeconfig: { kind: "text", help: "with --live: kubeconfig file" },
  context: { kind: "text", help: "with --live: context of that file" },
} as const;

interface Named {
  readonly live: boolean;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

/**
 * The cluster that a command reads with --live; undefined without it. Throws UsageError where a half of its name is missing.
 * @param done what the command does with files, for the message where a cluster is named and not asked for
 */
export function namedCluster({ live, kubeconfig, context }: Named, done: string): ClusterChoice | undefined {
  if (!live) {
    if (kubeconfig === undefined && context === undefined) return undefined;
    throw new UsageError(`--kubeconfig and --context belong to --live: files are ${done} without a cluster`);
  }
  if (kubeconfig === undefined || context === undefined) {
    throw new UsageError("--live needs --kubeconfig and --context: the ambient kubeconfig is never used");
  }
  return { kubeconfig, context };
}
