/** What becomes of a call of a process that is gone: nobody hears of its answer, and what waits for it ends with the process. */
export function unheard(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(signal?.reason);
    if (signal?.aborted === true) end();
    else signal?.addEventListener("abort", end, { once: true });
  });
}
