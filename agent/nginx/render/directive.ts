/**
 * A piece of Nginx configuration as data. Text is made from it in one place only, so that no value can end its
 * directive or open another: what an argument may not hold is refused there.
 */
export interface Directive {
  readonly name: string
  readonly args: readonly string[]
  readonly block?: readonly Directive[]
  /** Written above it, one line each. */
  readonly comment?: string
}

export function directive(name: string, ...args: readonly string[]): Directive {
  return { name, args }
}

export function block(name: string, args: readonly string[], content: readonly Directive[], comment?: string): Directive {
  return { name, args, block: content, ...(comment !== undefined && { comment }) }
}

/** The text of directives, each on its own line, blocks indented. Throws RangeError for an argument that could break out. */
export function printDirectives(directives: readonly Directive[], indent = ''): string {
  return directives.map((one) => print(one, indent)).join('')
}

function print({ name, args, block, comment }: Directive, indent: string): string {
  const above = comment === undefined ? '' : comment.split('\n').map((line) => `${indent}# ${line}\n`).join('')
  const head = [name, ...args.map(printArgument)].join(' ')
  if (block === undefined) return `${above}${indent}${head};\n`
  return `${above}${indent}${head} {\n${printDirectives(block, `${indent}    `)}${indent}}\n`
}

function printArgument(arg: string): string {
  if (/^[^\s;{}"'\\#]+$/.test(arg) && !hasControl(arg)) return arg
  // Quotes keep blanks and `;` inside; nothing written here needs an escape, so none is allowed.
  if (/^[^"'\\\r\n]*$/.test(arg) && !hasControl(arg)) return `"${arg}"`
  throw new RangeError(`cannot be written into an Nginx file: ${JSON.stringify(arg)}`)
}

function hasControl(text: string): boolean {
  for (const character of text) if (character < ' ' || character === '\u007f') return true
  return false
}

/**
 * A value from the configuration, to be put into an argument. The formats of the schema allow no more than this;
 * it is checked again here because here it matters: no blank, no `$`, nothing that has a meaning to Nginx.
 */
export function plain(value: string): string {
  if (!/^[A-Za-z0-9._/:@+,=[\]-]+$/.test(value)) throw new RangeError(`cannot be written into an Nginx file: ${JSON.stringify(value)}`)
  return value
}
