/** Whether Nginx treats the argument of `include` as a pattern. */
export function isPattern(path: string): boolean {
  return /[*?[]/.test(path)
}

/**
 * A test for paths by the rules of glob(3) as Nginx calls it: `*`, `?` and `[…]` stay within one directory
 * and do not match a leading dot.
 */
export function globMatcher(pattern: string): (path: string) => boolean {
  const expression = new RegExp(`^${pattern.split('/').map((segment) => segmentExpression(segment)).join('/')}$`, 'su')
  return (path) => expression.test(path)
}

function segmentExpression(segment: string): string {
  let source = /^[*?[]/.test(segment) ? String.raw`(?!\.)` : ''
  for (let at = 0; at < segment.length; at += 1) {
    const char = segment[at]!
    const close = char === '[' ? segment.indexOf(']', /[!^]/.test(segment[at + 1] ?? '') ? at + 3 : at + 2) : -1
    if (char === '*') source += '[^/]*'
    else if (char === '?') source += '[^/]'
    else if (close > 0) {
      const inner = segment.slice(at + 1, close)
      const negated = /^[!^]/.test(inner)
      source += `(?!/)[${negated ? '^' : ''}${(negated ? inner.slice(1) : inner).replaceAll(/[\\\][^&|]/g, String.raw`\$&`)}]`
      at = close
    } else if (char === '\\' && at + 1 < segment.length) {
      at += 1
      source += literal(segment[at]!)
    } else source += literal(char)
  }
  return source
}

function literal(char: string): string {
  return char.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)
}
