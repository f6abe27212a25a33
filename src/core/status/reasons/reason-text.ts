/** What docs/reasons.md says of one reason, and the next step that a message ends with. */
export interface ReasonText {
  readonly meaning: string;
  /** What the user does next; a cause may know a better one. */
  readonly next: string;
  /** `never`, `always`, or when: Stalled is only what a human must mend. */
  readonly stalled: string;
  /** The word that KAITO's own condition carries then: of InferenceReady, where nothing else is said. */
  readonly kaito?: string;
}
