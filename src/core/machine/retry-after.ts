/** Longest wait believed: ARM's own windows are an hour. */
const MAX_MS = 3_600_000;

/**
 * When to ask again, from the header Retry-After (seconds, or a date) or, without one, from the text: AKS writes `retry
 * again in 37 seconds`. Milliseconds from `nowMs`; undefined if neither says.
 */
export function retryAfterMs(header: string | undefined, message: string, nowMs: number): number | undefined {
  const stated = fromHeader(header?.trim() ?? "", nowMs) ?? fromText(message);
  return stated === undefined ? undefined : Math.min(MAX_MS, Math.max(0, Math.ceil(stated)));
}

function fromHeader(header: string, nowMs: number): number | undefined {
  if (/^\d+(\.\d+)?$/.test(header)) return Number(header) * 1000;
  const dateMs = /[a-z]{3}/i.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(dateMs) ? undefined : dateMs - nowMs;
}

function fromText(message: string): number | undefined {
  const match = /\b(?:retry|try)(?: again)?(?: in| after) '?(\d{1,6})'? ?(s|m)(?:ec|in|\b)/i.exec(message);
  return match === null ? undefined : Number(match[1]) * (match[2]?.toLowerCase() === "m" ? 60_000 : 1000);
}
