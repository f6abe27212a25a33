import { styleText } from "node:util";
import type { Report } from "../../local/report.ts";
import type { Actor } from "./story.ts";

/** Where the demo tells what happens. */
export interface View {
  /** One event of one object, with its time. */
  event(actor: Actor, name: string, what: string): void;
  /** A heading between two parts. */
  part(title: string): void;
  /** Output of a command, or a remark. */
  text(text: string): void;
  /** The state of things, in place; only for a terminal. */
  state(text: string): void;
}

export interface ViewOptions {
  readonly report: Report;
  /** A person watches: colours, and a line in place. */
  readonly live: boolean;
  /** Milliseconds since some start. */
  readonly now: () => number;
}

const COLOURS = { workspace: "cyan", pod: "yellow", claim: "magenta", node: "green" } as const;
const ACTOR_WIDTH = "workspace".length;

export function createView({ report, live, now }: ViewOptions): View {
  // styleText itself leaves colours out for NO_COLOR and for anything that is no terminal.
  const styled = (format: Parameters<typeof styleText>[0], text: string): string =>
    live ? styleText(format, text, { stream: process.stdout }) : text;
  return {
    event: (actor, name, what) => {
      const seconds = (now() / 1000).toFixed(1).padStart(6);
      const padded = actor.padEnd(ACTOR_WIDTH);
      report.line(`${seconds} s  ${styled(COLOURS[actor], padded)}  ${name}: ${what}`);
    },
    part: (title) => report.line(`\n${styled("bold", title)}`),
    text: (text) => report.line(text.trimEnd()),
    state: (text) => {
      if (live) report.progress(text);
    },
  };
}
