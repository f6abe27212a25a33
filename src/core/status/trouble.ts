import { type Reason, reasonText } from "./reasons.ts";

/** Something that keeps a Workspace from running. */
export interface Trouble {
  readonly reason: Reason;
  /** What is the case. */
  readonly message: string;
  /** Only a human can mend it: Flux and Argo CD stop waiting. */
  readonly stalled: boolean;
  /** A pod does not work: Ready is False, not Unknown. */
  readonly failing?: true;
  /** A better next step than the one the reason usually has. */
  readonly next?: string;
  /** KAITO's word for it on InferenceReady. */
  readonly kaito?: string;
}

/** A trouble that passes by itself, or that somebody may mend elsewhere. */
export function passing(reason: Reason, message: string, more: Partial<Trouble> = {}): Trouble {
  return { reason, message, stalled: false, ...more };
}

/** What conditions hold. */
export const MOST_MESSAGE_CHARACTERS = 1024;

/** The message with the next step at its end. A long message is cut, the step never. */
export function advised({ reason, message, next = reasonText(reason).next }: Trouble): string {
  return withStep(message, next);
}

/** The same for what is told beside Ready. */
export function withStep(message: string, next: string): string {
  const step = `; next: ${next}`;
  const room = MOST_MESSAGE_CHARACTERS - step.length;
  const said = message.replace(/[.;\s]+$/, "");
  return `${said.length <= room ? said : `${said.slice(0, room - 1)}…`}${step}`;
}
