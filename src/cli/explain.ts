import { isWorkspace } from "../core/kinds/is-workspace.ts";
import { UsageError } from "../option.ts";
import { type Arguments, command } from "./arguments.ts";
import { day } from "./day.ts";
import { ExitCode } from "./exit-code.ts";
import { ambiguous, choiceOf, isChosen } from "./explain/chosen.ts";
import { type Context, type Explained, explainLive, explainManifest } from "./explain/explained.ts";
import { explanationJson } from "./explain/json.ts";
import { SMALLEST_WIDTH, type Style, styleOf } from "./explain/style.ts";
import { explanationSvg } from "./explain/svg.ts";
import { explanationText } from "./explain/text.ts";
import { inputOptions } from "./input/options.ts";
import { readOperands } from "./input/read.ts";
import type { ClusterChoice } from "./live.ts";
import { clusterOptions, namedCluster } from "./named-cluster.ts";
import { nothingFound } from "./nothing-found.ts";
import { settingsOf, settingsOptions } from "./settings-of.ts";
import { writeOut } from "./write-out.ts";

const options = {
  name: {
    kind: "text",
    help: "only the Workspace of this name; where both groups have it, workspaces.foresail.dev/NAME, as kubectl takes it",
  },
  namespace: {
    kind: "text",
    help: "namespace of Workspaces that state none (default default); with --live: only this one",
  },
  output: {
    kind: "choice",
    choices: ["text", "json", "svg"],
    default: "text",
    help: "json: docs/explain.md has its shape",
  },
  width: { kind: "text", help: "columns of the text (default: the terminal's, else 80)" },
  today: { kind: "text", help: "day the age of prices is counted to, as 2026-12-31 (default: today)" },
  catalog: settingsOptions.catalog,
  config: settingsOptions.config,
  ...inputOptions,
  live: {
    kind: "switch",
    default: false,
    help: "explain what a cluster holds instead of what files say, and why it runs or does not",
  },
  ...clusterOptions,
} as const;

type ExplainArguments = Arguments<typeof options>;

/** `foresail explain`: why a Workspace gets what it gets. 1 when one is refused, 2 when input cannot be read. */
export const run = command(
  {
    name: "explain",
    usage: "[PATH…] [OPTIONS]",
    about: [
      "Says of every Workspace what runs, what one GPU holds and why, where every value comes from, which sizes do and which do",
      "not, and what the catalogue that runs would change about one that is stored or pinned with another.",
      "PATH is a file, a directory, a kustomization, or - for standard input (default: this directory). Other YAML is skipped.",
      "$/H is of all nodes of one replica; ≤ marks a bound: no spot prices are known. $/H PER 1M TOKENS is that price for each",
      "million tokens of context that the KV cache of the replica holds at once in requests of the longest context.",
      "Findings go to stderr, prices older than 90 days among them; the exit code is 1 when one is an error. Needs no cluster",
      "and no network without --live.",
      "",
      "Exit codes: 0 explained; 1 something is refused; 2 arguments or input that cannot be read; 3 internal error.",
    ],
    options,
    letters: { n: "namespace", o: "output", w: "name" },
    operands: true,
    examples: [
      "foresail explain workspace.yaml",
      "foresail explain -o svg workspace.yaml > memory.svg",
      "kustomize build overlays/prod | foresail explain - --name phi -o json",
      "foresail explain --live --kubeconfig dev.kubeconfig --context dev -n team-a -w phi",
    ],
  },
  explainAll,
);

async function explainAll(given: ExplainArguments): Promise<number> {
  const { values } = given;
  const style = styleOf(process.stdout, process.env, width(values.width));
  const choice = values.name === undefined ? undefined : choiceOf(values.name);
  const { catalogue, namespace } = settingsOf(values);
  const context = { catalogue, today: day(values.today), namespace };
  const cluster = namedCluster(values, "explained");
  const all = cluster === undefined ? fromFiles(given, context) : await fromCluster(cluster, given, context);
  const explained = all.filter(({ explanation }) => choice === undefined || isChosen(explanation, choice));
  for (const line of ambiguous(explained.map(({ explanation }) => explanation))) console.error(line);
  if (explained.length === 0) console.error(noneFound(values.name, given.operands));
  for (const line of findings(explained)) console.error(line);
  const text = rendered(explained, { style, output: values.output, context });
  await writeOut(text);
  return explained.some(({ refused }) => refused) ? ExitCode.findings : ExitCode.clean;
}

function rendered(
  all: readonly Explained[],
  { style, output, context }: { readonly style: Style; readonly output: string; readonly context: Context },
): string {
  switch (output) {
    case "json":
      return explanationJson(all, context.today, context.catalogue.current.id);
    case "svg":
      return explanationSvg(all.map(({ explanation }) => explanation));
    default: {
      const place =
        ({ placeOf }: Explained) =>
        (field: string) => {
          const at = placeOf?.(field);
          return at === undefined ? undefined : `${at.file}:${at.line}`;
        };
      return all.map((one) => explanationText(one.explanation, style, place(one))).join("\n");
    }
  }
}

/** Each once: old prices are old for every Workspace. */
function findings(all: readonly Explained[]): readonly string[] {
  const stale = new Set<string>();
  return all.flatMap((one) =>
    one.findings.filter((line) => {
      const said = / price\/stale (.*)/.exec(line)?.[1];
      if (said === undefined) return true;
      const isNew = !stale.has(said);
      stale.add(said);
      return isNew;
    }),
  );
}

function noneFound(name: string | undefined, operands: readonly string[]): string {
  return name === undefined ? nothingFound(operands) : `no Workspace named ${name} found`;
}

function fromFiles({ values, operands }: ExplainArguments, context: Context): readonly Explained[] {
  const manifests = readOperands(operands, values);
  const ours = manifests.filter(({ object }) => isWorkspace(object));
  return ours.map((manifest) => explainManifest(manifest, manifests, context));
}

async function fromCluster(
  cluster: ClusterChoice,
  { values, operands }: ExplainArguments,
  own: Context,
): Promise<readonly Explained[]> {
  if (operands.length > 0) throw new UsageError("--live takes no PATH: it explains what the cluster holds");
  const { liveWithSettings } = await import("./live.ts");
  const all = await liveWithSettings(cluster, values.namespace);
  return all.map((one) => explainLive(one, own));
}

function width(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const columns = Number(given);
  if (/^\d{1,4}$/.test(given) && columns >= SMALLEST_WIDTH) return columns;
  throw new UsageError(`--width is ${JSON.stringify(given)}: expected ${SMALLEST_WIDTH} to 9999 columns`);
}
