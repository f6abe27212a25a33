export interface Lines {
  /** Complete lines that ended in this chunk, without their line feed; empty lines are left out. */
  readonly lines: readonly string[];
  /** Sizes of lines over the limit that ended in this chunk; their text was dropped. */
  readonly oversized: readonly number[];
}

/**
 * Splits a stream of chunks at line feeds. By hand: node:readline re-emits an aborted body as an uncaught 'error'.
 * The rest without a line feed at the end is dropped, since it is an event cut in two.
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>, maxLineBytes: number): AsyncGenerator<Lines> {
  const split = lineSplitter(maxLineBytes);
  for await (const bytes of chunks) yield split(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

function lineSplitter(maxLineBytes: number): (chunk: Buffer) => Lines {
  let rest: Buffer[] = [];
  let restBytes = 0;
  return (chunk) => {
    const lines: string[] = [];
    const oversized: number[] = [];
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      const lineBytes = restBytes + end - start;
      if (lineBytes > maxLineBytes) oversized.push(lineBytes);
      else if (lineBytes > 0) lines.push(Buffer.concat([...rest, chunk.subarray(start, end)]).toString("utf8"));
      rest = [];
      restBytes = 0;
      start = end + 1;
    }
    restBytes += chunk.length - start;
    // A line over the limit is only counted until it ends, so that memory stays bounded.
    if (restBytes > maxLineBytes) rest = [];
    else if (start < chunk.length) rest.push(chunk.subarray(start));
    return { lines, oversized };
  };
}
