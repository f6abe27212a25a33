/** A command of the program. Loaded only when it is called: `render` must not pay for the Kubernetes client. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly run: (args: string[]) => Promise<number> }>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: "render",
    summary: "print Workspaces as the cluster would store them, expansion included",
    load: () => import("./render.ts"),
  },
  { name: "webhook", summary: "the admission server (long-running)", load: () => import("./webhook.ts") },
];
