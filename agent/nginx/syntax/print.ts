import type { Directive, Document } from './parse.ts'
import type { Token } from './tokens.ts'

/** The text of a parsed configuration: character for character the one that was parsed. */
export function print(document: Document): string {
  return document.directives.map((directive) => printDirective(directive)).join('') + document.tail
}

function printDirective({ words, opened, block, closed }: Directive): string {
  return [...words, opened].map((token) => printToken(token)).join('') + (block ?? []).map((inner) => printDirective(inner)).join('') + (closed === null ? '' : printToken(closed))
}

function printToken(token: Token): string {
  return token.before + token.raw
}
