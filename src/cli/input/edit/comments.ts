import { Lexer } from "yaml";

/** The comments that begin in this part of a text, `#` included. */
export function commentsIn(text: string, start: number, end: number): readonly string[] {
  if (!text.slice(start, end).includes("#")) return [];
  const comments: string[] = [];
  let offset = 0;
  let isScalar = false;
  for (const lexeme of new Lexer().lex(text)) {
    if (offset >= end) break;
    // Marks of the lexer stand for no text: begin of a document, of a scalar, end of a flow collection that is not closed.
    if (lexeme === "\u0002" || lexeme === "\u0018" || lexeme === "\u001f") {
      isScalar = lexeme === "\u001f";
      continue;
    }
    if (!isScalar && lexeme.startsWith("#") && offset >= start) comments.push(lexeme.trimEnd());
    isScalar = false;
    offset += lexeme.length;
  }
  return comments;
}
