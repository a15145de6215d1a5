/** A text that Nginx would not read either; the message names file and line. */
export class ConfigSyntaxError extends Error {
  override readonly name = 'ConfigSyntaxError'
  readonly file: string | null
  readonly line: number

  constructor(file: string | null, line: number, what: string) {
    super(`${file ?? 'the text'}:${line}: ${what}`)
    this.file = file
    this.line = line
  }
}
