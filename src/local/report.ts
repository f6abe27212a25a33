/** Where slow steps tell how far they are. Lines go to stderr: stdout is for results. */
export interface Report {
  /** A passing state; a terminal shows it in place, anything else gets a plain line every few seconds. */
  readonly progress: (text: string) => void;
  /** Something that stays on screen. */
  readonly line: (text: string) => void;
}

export const silent: Report = { progress: () => {}, line: () => {} };

// Often enough that a CI log shows life, seldom enough that a five-minute build stays on one page.
const PLAIN_INTERVAL_MS = 10_000;

/** Reports to a stream; `now` in milliseconds is injected by tests. */
export function streamReport(stream: NodeJS.WriteStream = process.stderr, now: () => number = Date.now): Report {
  let shown = false;
  let lastPlainMs = Number.NEGATIVE_INFINITY;
  return {
    progress(text) {
      if (stream.isTTY) {
        stream.write(`\r\u001b[K${text.slice(0, (stream.columns ?? 80) - 1)}`);
        shown = true;
      } else if (now() - lastPlainMs >= PLAIN_INTERVAL_MS) {
        lastPlainMs = now();
        stream.write(`${text}\n`);
      }
    },
    line(text) {
      stream.write(shown ? `\r\u001b[K${text}\n` : `${text}\n`);
      shown = false;
    },
  };
}
