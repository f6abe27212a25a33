import { texts } from "foresail:shipped";

// Stands in for src/shipped-files.ts in the single file: the texts are in it.

export function shippedText(path: string): string {
  const text = Object.hasOwn(texts, path) ? texts[path] : undefined;
  if (text === undefined) throw new Error(`${path} is not in this file; it was not built whole`);
  return text;
}

export function shippedPaths(directory: string): readonly string[] {
  return Object.keys(texts).filter((path) => path.startsWith(`${directory}/`) && !/(^|\/)\./.test(path));
}
