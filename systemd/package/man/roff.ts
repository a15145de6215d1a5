/** Text as roff takes it literally. */
export function literal(text: string): string {
  return text.replaceAll('\\', String.raw`\e`).replaceAll('-', String.raw`\-`).replaceAll(/^(?=[.'])/gm, String.raw`\&`)
}

/** A paragraph of prose; Markdown's `code` becomes bold. */
export function prose(text: string): string {
  return literal(text).replaceAll(/`([^`]+)`/g, String.raw`\fB$1\fR`)
}

export function page(name: string, section: number, title: string, date: string, body: readonly string[]): string {
  return [`.TH ${name.toUpperCase()} ${section} "${date}" "Greenroom" "${title}"`, '.nh', '.ad l', ...body, ''].join('\n')
}

export function heading(text: string): string {
  return `.SH ${text.toUpperCase()}`
}

export function part(text: string): string {
  return `.SS ${literal(text)}`
}

/** A term with its explanation. */
export function item(term: string, text: string): string {
  return `.TP\n\\fB${literal(term)}\\fR\n${text}`
}

export function example(text: string): string {
  return `.PP\n.nf\n.RS\n${literal(text)}\n.RE\n.fi`
}
