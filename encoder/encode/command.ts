import ffmpeg from 'fluent-ffmpeg'

export interface CommandInput {
  readonly options: readonly string[]
  /** With its protocol: `file:/work/sources/….mov`. */
  readonly url: string
}

export interface CommandOutput {
  readonly options: readonly string[]
  readonly target: string
}

export interface Command {
  readonly inputs: readonly CommandInput[]
  /** Filter graph, in ffmpeg's syntax. */
  readonly graph?: string | undefined
  readonly outputs: readonly CommandOutput[]
}

/** The words of an ffmpeg command. fluent-ffmpeg puts them together, and does no more: programs are run by ffmpeg.ts. */
export function commandWords({ inputs, graph, outputs }: Command): string[] {
  const command = ffmpeg()
  for (const { url, options } of inputs) {
    command.input(url)
    if (options.length > 0) command.inputOptions(...whole(options))
  }
  if (graph !== undefined) command.complexFilter(graph)
  for (const { target, options } of outputs) command.output(target).outputOptions(...whole(options))
  return command._getArguments()
}

/** Given a single word, fluent-ffmpeg would split it at its space. */
function whole(options: readonly string[]): string[] {
  if (options.length < 2) throw new RangeError(`an ffmpeg option and its value are two words: ${options.join(' ')}`)
  return [...options]
}
