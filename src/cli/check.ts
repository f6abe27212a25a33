import type { Catalogue } from "../core/catalogue.ts";
import { error, type Issue } from "../core/issue.ts";
import { type Arguments, command } from "./arguments.ts";
import { catalogueWith } from "./catalogue.ts";
import { namedConfig } from "./config-maps.ts";
import { ExitCode } from "./exit-code.ts";
import { finding } from "./finding.ts";
import type { Manifest } from "./input/manifest.ts";
import { inputOptions } from "./input/options.ts";
import { readInput } from "./input/read.ts";
import { presetIssues } from "./pod-templates.ts";
import { asStored, isWorkspace } from "./stored.ts";
import { writeOut } from "./write-out.ts";

const options = {
  namespace: { kind: "text", help: "namespace of Workspaces that state none (default default)" },
  catalog: { kind: "list", help: "directory or file of catalogue data, over what ships" },
  ...inputOptions,
} as const;

/** `foresail check`: whether a cluster would take these manifests. 1 when it would not, 2 when input cannot be read. */
export const run = command(
  {
    name: "check",
    usage: "[PATH…] [OPTIONS]",
    about: [
      "Says what admission would hold against the Workspaces of these files, and which of their fields do not exist.",
      "PATH is a file, a directory, a kustomization, or - for standard input (default: this directory). Other YAML is skipped.",
      "Pod templates with the label foresail.dev/preset are judged as their pods would be.",
      "A ConfigMap with settings of server or training is judged with the Workspace that names it.",
      "Findings are PATH:LINE:COLUMN LEVEL CODE MESSAGE; the exit code is 1 when one is an error. Needs no cluster and no network.",
    ],
    options,
    letters: { n: "namespace" },
    operands: true,
    examples: ["foresail check", "foresail check examples/", "kustomize build overlays/prod | foresail check -"],
  },
  check,
);

async function check({ values, operands }: Arguments<typeof options>): Promise<number> {
  const catalogue = catalogueWith(values.catalog);
  const manifests = readInput(operands.length === 0 ? ["."] : operands, values);
  const ours = manifests.filter(({ object }) => isWorkspace(object));
  const namespace = values.namespace ?? "default";
  const templates = manifests.flatMap((manifest) => {
    const issues = presetIssues(manifest.object, namespace, catalogue);
    return issues === undefined ? [] : [issues.map((issue) => ({ manifest, issue }))];
  });
  const found = [
    ...ours.flatMap((manifest) => findings(manifest, manifests, namespace, catalogue)),
    ...templates.flat(),
  ];
  const wrong = found.filter(({ issue }) => issue.level === "error").length;
  const lines = found.map(({ manifest, issue }) => finding(manifest, issue));
  const pods = templates.length === 0 ? "" : `${templates.length} templates of preset pods, `;
  const summary = `${ours.length} workspaces, ${pods}${wrong} errors, ${found.length - wrong} warnings, catalogue ${catalogue.current.id}`;
  const text = `${[...lines, summary].join("\n")}\n`;
  await writeOut(text);
  return wrong > 0 ? ExitCode.findings : ExitCode.clean;
}

interface Finding {
  readonly manifest: Manifest;
  readonly issue: Issue;
}

/** A field that does not exist is an error here: kubectl refuses it, and what does not refuse it drops it silently. */
function findings(
  manifest: Manifest,
  all: readonly Manifest[],
  namespace: string,
  catalogue: Catalogue,
): readonly Finding[] {
  const { workspace, issues } = asStored(manifest.object, namespace, catalogue);
  const own = issues.map((issue) => {
    const strict = issue.code === "schema/unknown-field" ? error(issue.path, issue.code, issue.message) : issue;
    return { manifest, issue: strict };
  });
  return workspace === undefined ? own : [...own, ...namedConfig(workspace, all, namespace, catalogue).findings];
}
