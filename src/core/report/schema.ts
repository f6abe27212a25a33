import { memorySchema, parallelismSchema } from "../kinds/expansion.ts";
import { boolean, integer, list, number, object, oneOf, type Static, string } from "../schema.ts";

const place = object(
  {
    file: string("Path of the file as it was named, relative to where the command ran; - is standard input."),
    line: integer("Line, from 1.", { minimum: 1 }),
    column: integer("Column in UTF-16 units, from 1.", { minimum: 1 }),
  },
  "A place in a file that an author can edit.",
  { required: ["file", "line", "column"] },
);

const edit = object(
  {
    file: string("Path of the file."),
    line: integer("First line that is replaced, from 1.", { minimum: 1 }),
    endLine: integer("Last line that is replaced.", { minimum: 1 }),
    text: string("Lines that stand there afterwards, without the last line feed; empty: the lines go."),
  },
  "Whole lines of a file that take the place of others.",
  { required: ["file", "line", "endLine", "text"] },
);

const fix = object(
  {
    describes: string("What it does, as half a sentence."),
    edits: list(edit, "The edits; none where the files cannot say it."),
  },
  "The one right answer, where there is one.",
  { required: ["describes", "edits"] },
);

const group = string("API group of a Workspace that is not in KAITO's.");

const subject = object(
  {
    kind: string("Kind of the object."),
    group,
    namespace: string("Namespace of the object; empty where it has none."),
    name: string("Name of the object."),
  },
  "The object a finding is about.",
  { required: ["kind", "namespace", "name"] },
);

const waiver = object(
  {
    by: oneOf(["annotation", "config", "baseline"], "Where it is stated."),
    reason: string("Why the finding is left."),
    until: string("Day after which it holds no more, as 2027-01-31."),
  },
  "Who said that the finding is to be left; it counts neither as error nor as warning then.",
  { required: ["by", "reason"] },
);

const finding = object(
  {
    path: string("Field, for example resource.instanceType; empty: the object as a whole."),
    code: string("Stable identity of the rule, area/name; docs/rules.md lists all.", {
      pattern: "^[a-z0-9-]+/[a-z0-9-]+$",
    }),
    message: string("What was given, what is allowed, what to do. One line."),
    level: oneOf(["error", "warning", "notice"], "How bad it is; a notice counts for nothing."),
    subject,
    place,
    policy: string("Policy that refuses, where the rule is policy/denied."),
    fix,
    waiver,
    fingerprint: string("Hash of rule, object and field: the same while lines move."),
  },
  "One thing that is wrong.",
  { required: ["path", "code", "message", "level", "place", "fingerprint"] },
);

const priceBound = oneOf(["exact", "at-most"], "at-most: it may cost less.");

const runs = object(
  {
    preset: string("Preset; absent for a pod template of one's own."),
    release: string("Catalogue release it is expanded with."),
    pinned: boolean("Whether git says which release is used."),
    instanceType: string("Instance type; absent for own hardware that names none."),
    capacityTypes: list(string("on-demand, spot or reserved."), "Capacity types that may be used, in order."),
    nodeCount: integer("Nodes of one replica."),
    replicas: integer("Replicas."),
    nodes: integer("Nodes of all replicas."),
    gpus: integer("GPUs of all replicas."),
    gpu: string("GPU model; absent where it is not known."),
    parallelism: parallelismSchema,
    memory: memorySchema,
    maxModelLen: integer("Longest context in tokens; absent where it is not known."),
    hourlyPriceUsd: number(
      "USD per hour of all nodes, by the dearest way of paying that is allowed; absent where nothing is bought or no price known.",
    ),
    priceBound,
  },
  "What it runs on; absent where it is refused.",
  { required: ["release", "pinned", "capacityTypes", "nodeCount", "replicas", "nodes", "gpus"] },
);

const workspace = object(
  { group, namespace: string("Namespace."), name: string("Name."), place, runs },
  "A Workspace and what it expands to.",
  { required: ["namespace", "name", "place"] },
);

const summary = object(
  {
    workspaces: integer("Workspaces."),
    presetTemplates: integer("Pod templates that ask for a preset."),
    errors: integer("Errors that are not waived."),
    warnings: integer("Warnings that are not waived."),
    notices: integer("Notices that are not waived; absent where there are none."),
    waived: integer("Waived findings."),
    hourlyPriceUsd: number("USD per hour of what has a known price."),
    monthlyPriceUsd: number("The same for a month of 730 hours."),
    priceBound,
  },
  "The sums.",
  {
    required: [
      "workspaces",
      "presetTemplates",
      "errors",
      "warnings",
      "waived",
      "hourlyPriceUsd",
      "monthlyPriceUsd",
      "priceBound",
    ],
  },
);

/**
 * What `-o json` prints. Later versions may add members, so readers must leave what they do not know; a member that changes
 * its meaning or goes makes another `schemaVersion`.
 */
export const reportSchema = object(
  {
    schemaVersion: integer("Version of this shape.", { const: 1 }),
    tool: object({ name: oneOf(["foresail"], "Its name."), version: string("Its version.") }, "What made the report.", {
      required: ["name", "version"],
    }),
    catalogue: object(
      {
        id: string("Its release, and a hash where files of yours take part."),
        pricesAsOf: string("Day of its prices."),
      },
      "The catalogue that was used.",
      { required: ["id"] },
    ),
    workspaces: list(workspace, "The Workspaces that were found, in the order of files and lines."),
    findings: list(finding, "All findings, waived ones included, in the order of files, lines, columns and codes."),
    summary,
  },
  "What foresail check found.",
  { required: ["schemaVersion", "tool", "catalogue", "workspaces", "findings", "summary"] },
);

/** The shape as a reader of the JSON has it. */
export type PrintedReport = Static<typeof reportSchema>;
