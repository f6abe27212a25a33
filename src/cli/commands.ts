import type { RunCommand } from "./arguments.ts";

/** A command of the program. Loaded only when it is called: `render` must not pay for the Kubernetes client. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly run: RunCommand }>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: "render",
    summary: "print Workspaces as the cluster would store them, expansion included",
    load: () => import("./render.ts"),
  },
  {
    name: "check",
    summary: "say what admission would hold against Workspaces, with file and line",
    load: () => import("./check.ts"),
  },
  {
    name: "explain",
    summary: "why a Workspace gets this size, memory, price and every other value",
    load: () => import("./explain.ts"),
  },
  {
    name: "plan",
    summary: "what would be created for Workspaces, in what order, at what price and why",
    load: () => import("./plan.ts"),
  },
  {
    name: "cost",
    summary: "what Workspaces cost per hour and month, the cheapest size that fits, budgets",
    load: () => import("./cost.ts"),
  },
  {
    name: "images",
    summary: "the images and model weights that a cluster without internet has to mirror",
    load: () => import("./images.ts"),
  },
  {
    name: "pin",
    summary: "state a catalogue release in the files of Workspaces, with what that changes",
    load: () => import("./pin.ts"),
  },
  {
    name: "diff",
    summary: "what a branch changes: fields, restarts, nodes and price per month",
    load: () => import("./diff.ts"),
  },
  {
    name: "comment",
    summary: "put a markdown report on a pull request or merge request",
    load: () => import("./comment.ts"),
  },
  {
    name: "preset",
    summary: "add a preset for any model on Hugging Face, from the model's own files",
    load: () => import("./preset.ts"),
  },
  {
    name: "demo",
    summary: "a real local control plane, simulated GPU nodes, the examples, a live view",
    load: () => import("./demo.ts"),
  },
  {
    name: "init",
    summary: "write configuration, pipeline and hook into a repository that has Workspaces",
    load: () => import("./init.ts"),
  },
  {
    name: "completion",
    summary: "a script that completes commands and options in bash, zsh or fish",
    load: async () => (await import("./completion.ts")).completionOf(commands),
  },
  { name: "up", summary: "run webhook and reconciler here for a development cluster", load: () => import("./up.ts") },
  { name: "down", summary: "remove what up left in a cluster", load: () => import("./down.ts") },
  {
    name: "doctor",
    summary: "what in a cluster helps or hinders, and what to do about it",
    load: () => import("./doctor.ts"),
  },
  {
    name: "watch",
    summary: "who was admitted, expanded or refused, and why, as it happens",
    load: () => import("./watch.ts"),
  },
  { name: "webhook", summary: "the admission server (long-running)", load: () => import("./webhook.ts") },
  {
    name: "reconciler",
    summary: "workloads, nodes and status (long-running)",
    load: () => import("./reconciler.ts"),
  },
  {
    name: "chat",
    summary: "the sidecar that answers /chat in front of a model server (long-running)",
    load: () => import("./chat.ts"),
  },
];
