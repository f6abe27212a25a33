import type { Catalogue } from "../core/catalogue.ts";
import { children } from "../core/children/children.ts";
import { errors } from "../core/issue.ts";
import type { JsonObject } from "../core/json.ts";
import { isWorkspace } from "../core/kinds/is-workspace.ts";
import type { Workspace } from "../core/kinds/workspace.ts";
import { asPinned } from "../core/pinned.ts";
import { UsageError } from "../option.ts";
import { type Arguments, command } from "./arguments.ts";
import { namedConfig } from "./config-maps.ts";
import { ExitCode } from "./exit-code.ts";
import { finding } from "./finding.ts";
import type { Manifest } from "./input/manifest.ts";
import { inputOptions } from "./input/options.ts";
import { readOperands } from "./input/read.ts";
import type { ClusterChoice } from "./live.ts";
import { clusterOptions, namedCluster } from "./named-cluster.ts";
import { nothingFound } from "./nothing-found.ts";
import { printed } from "./print.ts";
import { settingsOf, settingsOptions } from "./settings-of.ts";
import { asStored } from "./stored.ts";
import { writeOut } from "./write-out.ts";

const options = {
  ...settingsOptions,
  format: { kind: "choice", choices: ["yaml", "json"], default: "yaml", help: "json is one Kubernetes List" },
  objects: { kind: "switch", default: false, help: "also print the objects made of each Workspace" },
  ...inputOptions,
  live: { kind: "switch", default: false, help: "print what a cluster holds instead of what files say" },
  pinned: {
    kind: "switch",
    default: false,
    help: "with --live: a backup: without expansion, with foresail.dev/catalog of the release that made it",
  },
  ...clusterOptions,
} as const;

type RenderArguments = Arguments<typeof options>;

/** `foresail render`: what a create of these manifests would store. 1 when one is refused, 2 when input cannot be read. */
export const run = command(
  {
    name: "render",
    usage: "[PATH…] [OPTIONS]",
    about: [
      "Prints Workspaces with their expansion, as a create with this catalogue would store them.",
      "PATH is a file, a directory, a kustomization, or - for standard input (default: this directory). Other YAML is skipped.",
      "Refusals go to stderr as PATH:LINE:COLUMN error CODE MESSAGE, and the exit code is 1. Needs no cluster and no network.",
      "",
      "Exit codes: 0 printed; 1 something is refused; 2 arguments or input that cannot be read; 3 internal error.",
    ],
    options,
    letters: { n: "namespace" },
    operands: true,
    examples: [
      "foresail render examples/",
      "foresail render -n team-a workspace.yaml --objects",
      "kustomize build overlays/prod | foresail render - --format json",
      "foresail render --live --kubeconfig dev.kubeconfig --context dev -n team-a",
      "foresail render --live --pinned --kubeconfig prod.kubeconfig --context prod > workspaces.yaml",
    ],
  },
  render,
);

async function render({ values, operands }: RenderArguments): Promise<number> {
  const { catalogue, namespace } = settingsOf(values);
  const heading = `foresail render, catalogue ${catalogue.current.id}`;
  const cluster = namedCluster(values, "rendered");
  if (values.pinned && (cluster === undefined || values.objects)) {
    throw new UsageError("--pinned belongs to --live and goes without --objects: foresail pin writes into files");
  }
  if (cluster !== undefined) {
    const stored = await readLive(cluster, { values, operands });
    const workspaces = values.pinned ? stored.map(asPinned) : stored;
    const objects = workspaces.flatMap((workspace) => withChildren(workspace, values.objects));
    await writeOut(printed(objects, values.format, `${heading}, stored in the cluster`));
    return ExitCode.clean;
  }
  const manifests = readOperands(operands, values);
  const ours = manifests.filter(({ object }) => isWorkspace(object));
  if (ours.length === 0) console.error(nothingFound(operands));
  const { workspaces, refused } = renderAll(ours, namespace, catalogue);
  const { objects, conflicts } = values.objects
    ? withConfigs(workspaces, manifests, namespace, catalogue)
    : { objects: workspaces.map(asObject), conflicts: 0 };
  await writeOut(printed(objects, values.format, heading));
  return refused + conflicts > 0 ? ExitCode.findings : ExitCode.clean;
}

/** Tells every finding on stderr and gives what would be stored. */
function renderAll(
  manifests: readonly Manifest[],
  namespace: string,
  catalogue: Catalogue,
): { readonly workspaces: readonly Workspace[]; readonly refused: number } {
  const workspaces: Workspace[] = [];
  let refused = 0;
  for (const manifest of manifests) {
    const { workspace, issues } = asStored(manifest.object, namespace, catalogue);
    for (const issue of issues) console.error(finding(manifest, issue));
    if (errors(issues).length > 0) refused++;
    else if (workspace !== undefined) workspaces.push(workspace);
  }
  return { workspaces, refused };
}

/** Workspaces with their children, in which ConfigMaps among the files are used as the reconciler uses them. */
function withConfigs(
  workspaces: readonly Workspace[],
  manifests: readonly Manifest[],
  namespace: string,
  catalogue: Catalogue,
): { readonly objects: readonly JsonObject[]; readonly conflicts: number } {
  let conflicts = 0;
  const objects = workspaces.flatMap((workspace) => {
    const { hash, findings } = namedConfig(workspace, manifests, namespace, catalogue);
    for (const { manifest, issue } of findings) console.error(finding(manifest, issue));
    conflicts += errors(findings.map(({ issue }) => issue)).length;
    return withChildren(workspace, true, hash);
  });
  return { objects, conflicts };
}

function withChildren(workspace: Workspace, objects: boolean, configHash?: string): readonly JsonObject[] {
  const made = objects ? children(workspace, configHash === undefined ? {} : { configHash }) : [];
  return [asObject(workspace), ...made];
}

function asObject(workspace: Workspace): JsonObject {
  return workspace as unknown as JsonObject;
}

async function readLive(cluster: ClusterChoice, { values, operands }: RenderArguments): Promise<readonly Workspace[]> {
  if (operands.length > 0) throw new UsageError("--live takes no PATH: it prints what the cluster holds");
  const { liveWorkspaces } = await import("./live.ts");
  return await liveWorkspaces(cluster, values.namespace);
}
