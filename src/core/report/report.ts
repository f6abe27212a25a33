import type { Issue } from "../issue.ts";
import type { ExpansionMemory, ExpansionParallelism } from "../kinds/expansion.ts";
import type { PriceBound } from "../prices.ts";

/** A place in a file that an author can edit. Lines and columns start at 1. */
export interface Place {
  /** The file's path as it was named, relative to where the command runs; `-` is standard input. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Whole lines of a file that take the place of others: what a suggestion in a review, SARIF and `--fix` all can do. */
export interface Edit {
  readonly file: string;
  /** First and last line replaced; to insert, a line is replaced by itself and more. */
  readonly line: number;
  readonly endLine: number;
  /** The lines that stand there afterwards, without the last line feed. Empty: the lines go. */
  readonly text: string;
}

/** What a finding is about. */
export interface Subject {
  readonly kind: string;
  /** API group of a Workspace that is not in KAITO's. */
  readonly group?: string;
  readonly namespace: string;
  readonly name: string;
}

/** Who said that a finding is to be left, and why. */
export interface Waiver {
  readonly by: "annotation" | "config" | "baseline";
  readonly reason: string;
  /** The day after which it holds no more, as 2027-01-31. */
  readonly until?: string;
}

export interface Finding extends Omit<Issue, "fix"> {
  readonly subject?: Subject;
  readonly place: Place;
  /** The policy that refuses, where the code is `policy/denied`. */
  readonly policy?: string;
  /** The one right answer, as edits of the files. */
  readonly fix?: { readonly describes: string; readonly edits: readonly Edit[] };
  readonly waiver?: Waiver;
  /** Hash of code, subject and path: stays the same while lines move. */
  readonly fingerprint: string;
}

/** A Workspace as a reviewer wants to see it in one line. */
export interface CheckedWorkspace extends Omit<Subject, "kind"> {
  readonly place: Place;
  /** Absent where it is refused: nothing would run. */
  readonly runs?: {
    readonly preset?: string;
    readonly release: string;
    /** Whether git says which release is used. */
    readonly pinned: boolean;
    readonly instanceType?: string;
    readonly capacityTypes: readonly string[];
    /** Of one replica. */
    readonly nodeCount: number;
    readonly replicas: number;
    /** Of all replicas. */
    readonly nodes: number;
    /** Of all replicas. */
    readonly gpus: number;
    /** Model of the GPUs, where it is known. */
    readonly gpu?: string;
    readonly parallelism?: ExpansionParallelism;
    /** Of one GPU. */
    readonly memory?: ExpansionMemory;
    readonly maxModelLen?: number;
    /** Of all nodes, by the dearest way of paying that is allowed; absent where nothing is bought or the price is not known. */
    readonly hourlyPriceUsd?: number;
    /** Beside a price. */
    readonly priceBound?: PriceBound;
  };
}

export interface Summary {
  readonly workspaces: number;
  readonly presetTemplates: number;
  readonly errors: number;
  readonly warnings: number;
  /** Absent where there are none. */
  readonly notices?: number;
  readonly waived: number;
  /** Of what has a price: Workspaces, and pods that ask for a preset. */
  readonly hourlyPriceUsd: number;
  readonly monthlyPriceUsd: number;
  readonly priceBound: PriceBound;
}

/** All that `foresail check` found, as plain data: every output format is a function of it. */
export interface Report {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: "foresail"; readonly version: string };
  readonly catalogue: { readonly id: string; readonly pricesAsOf?: string };
  readonly workspaces: readonly CheckedWorkspace[];
  /** In the order of files, lines and codes; waived ones included. */
  readonly findings: readonly Finding[];
  readonly summary: Summary;
}
