import { globSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** What the command line of the test runner asks for. */
export interface Selection {
  readonly files: readonly string[];
  readonly clusterFiles: readonly string[];
  readonly grep?: string;
  /** Whether all in the cluster of FORESAIL_KUBECONFIG may be changed and deleted. */
  readonly disposable: boolean;
  /** Whether tests of many generated cases take all of them. */
  readonly full: boolean;
}

export type SelectionAnswer =
  | { readonly kind: "selection"; readonly selection: Selection }
  | { readonly kind: "usage"; readonly message: string };

const USAGE = "usage: node test/support/run.ts fast|all|full [--grep TEXT] [--cluster-is-disposable] [FILE|FOLDER…]";

/** Simulated hours and days, packing and installing the package, a browser, certificates under load, floods, calls that nobody answers, pipelines of shell, processes that start, waits: two seconds and more each. */
export const SLOW: readonly string[] = [
  "test/simulation/",
  "test/reconciler/machines/random-schedules.test.ts",
  "test/package/",
  "test/html/",
  "test/bundle/",
  "test/cli/inputs-at-fault.test.ts",
  "test/webhook/exchange.test.ts",
  "test/webhook/flood.test.ts",
  "test/reconciler/faults.test.ts",
  "test/reconciler/machines/virtual-aks.test.ts",
  "test/cli/doctor.test.ts",
  "test/cli/check/bounds.test.ts",
  "test/chart/",
  "test/ci/",
  "test/webhook/slow.test.ts",
  "test/webhook/overload.test.ts",
  "test/webhook/command.test.ts",
  "test/fuzz/body.test.ts",
  "test/chat/pass-through.test.ts",
  "test/chat/stopping.test.ts",
  "test/cli/diff-git.test.ts",
  "test/cli/comment/comment.test.ts",
  "test/cli/watch/pod-logs.test.ts",
  "test/core/expand/multi-node.test.ts",
  "test/kube/follow-faults.test.ts",
  "test/local/supervised.test.ts",
];

/** Two seconds and more each: they start first, so that the processes end together. */
export const LONG: readonly string[] = [
  "test/core/admit.test.ts",
  "test/core/providers/claim-shapes.test.ts",
  "test/cli/input/helm.test.ts",
  "test/cli/render.test.ts",
  "test/core/determinism.test.ts",
  "test/core/catalogue-build.test.ts",
  "test/core/expand.test.ts",
  "test/core/plan/runaway.test.ts",
];

/** Files below test/cluster that take a minute and more, the longest first: the lanes then end together. */
export const LONG_IN_CLUSTER: readonly string[] = [
  "test/cluster/crash/crash.test.ts",
  "test/cluster/uninstall/uninstall.test.ts",
  "test/cluster/reconciler/reasons-of-cluster.test.ts",
  "test/cluster/cli/demo.test.ts",
  "test/cluster/reconciler/life.test.ts",
  "test/cluster/take-over/",
  "test/cluster/walk/",
  "test/cluster/trial/",
  "test/cluster/image/",
  "test/cluster/machines/",
  "test/cluster/e2e/fifty.test.ts",
  "test/cluster/cli/up.test.ts",
  "test/cluster/reconciler/processes.test.ts",
  "test/cluster/policies/cases.test.ts",
  "test/cluster/webhook/skew.test.ts",
];

/** The files with those of LONG_IN_CLUSTER first, in its order; the others as they were. */
export function longestFirst(files: readonly string[]): readonly string[] {
  return inOrderOf(LONG_IN_CLUSTER, files);
}

/** Reads `fast|all|full [--grep TEXT] [PATH…]`; files are relative to `root`, the slow and the long ones first, else sorted. */
export function select(root: string, args: readonly string[]): SelectionAnswer {
  const [mode, ...rest] = args;
  if (mode !== "fast" && mode !== "all" && mode !== "full") return { kind: "usage", message: USAGE };
  const paths: string[] = [];
  let grep: string | undefined;
  let disposable = false;
  for (let i = 0; i < rest.length; i++) {
    const argument = rest[i] ?? "";
    if (argument === "--grep" && rest[i + 1] !== undefined) grep = rest[++i];
    else if (argument.startsWith("--grep=")) grep = argument.slice("--grep=".length);
    else if (argument === "--cluster-is-disposable") disposable = true;
    else if (argument.startsWith("-")) return { kind: "usage", message: `unknown option ${argument}; ${USAGE}` };
    else paths.push(argument);
  }
  const found = testFiles(root, paths.length === 0 ? ["test"] : paths);
  if (typeof found === "string") return { kind: "usage", message: found };
  const inCluster = (file: string) => file.startsWith(["test", "cluster", ""].join(sep));
  const isSlow = (file: string) => SLOW.some((slow) => file.startsWith(slow.split("/").join(sep)));
  const selection = {
    files: found.filter((file) => !inCluster(file) && (mode !== "fast" || !isSlow(file))),
    clusterFiles: mode === "fast" ? [] : found.filter(inCluster),
    disposable,
    full: mode === "full",
    ...(grep === undefined ? {} : { grep }),
  };
  return { kind: "selection", selection };
}

function testFiles(root: string, paths: readonly string[]): readonly string[] | string {
  const files = new Set<string>();
  for (const path of paths) {
    const info = statSync(join(root, path), { throwIfNoEntry: false });
    if (info === undefined) return `${path} is no file or folder below ${root}`;
    const matches = info.isDirectory() ? globSync(`${path}/**/*.test.ts`, { cwd: root }) : [path];
    for (const match of matches) files.add(relative(root, join(root, match)));
  }
  return inOrderOf([...SLOW, ...LONG], [...files].sort());
}

/** Files below the first of the paths come first, and so on; those below none come last, in the order they had. */
function inOrderOf(paths: readonly string[], files: readonly string[]): readonly string[] {
  const place = (file: string): number => {
    const index = paths.findIndex((path) => file.split(sep).join("/").startsWith(path));
    return index < 0 ? paths.length : index;
  };
  return [...files].sort((a, b) => place(a) - place(b));
}
