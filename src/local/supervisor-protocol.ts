/** One process to run. Its output goes to `<name>.log` in the work folder. */
export interface ProcessSpec {
  /** Unique among the processes of one supervisor. */
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Owner to supervisor. Each request is answered once, with its id. */
export type Request =
  | { readonly kind: "start"; readonly id: number; readonly spec: ProcessSpec }
  | {
      readonly kind: "stop";
      readonly id: number;
      readonly name: string;
      readonly signal: NodeJS.Signals;
      readonly graceMs: number;
    }
  | { readonly kind: "detach"; readonly id: number }
  | { readonly kind: "shutdown" };

/** Supervisor to owner. */
export type Message =
  | { readonly kind: "ready"; readonly workDir: string }
  | { readonly kind: "answer"; readonly id: number; readonly pid?: number; readonly error?: string }
  | { readonly kind: "exited"; readonly name: string; readonly pid: number; readonly exit: ProcessExit };
