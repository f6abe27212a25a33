/** Waits until the text is out: a pipe takes it in pieces, and an exit in between would cut it. */
export function writeOut(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}
