/** A word of an Nginx configuration that has exactly this value; quoted only where it must be. */
export function quoteWord(value: string): string {
  if (value !== '' && !/[\s;{}"'\\#]/.test(value)) return value
  return `"${value.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`).replaceAll('\r', String.raw`\r`).replaceAll('\t', String.raw`\t`)}"`
}
