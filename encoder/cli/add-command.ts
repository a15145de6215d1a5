import { againWith, type Cli, type CommonOptions } from '../../shared/cli/cli.ts'
import { Interrupted } from '../../shared/cli/interrupted.ts'
import { bytesOf, percent } from '../../shared/cli/words.ts'
import { writeJson } from '../../shared/cli/write-json.ts'
import { addFiles, type AddProgress } from '../intake/add.ts'
import { profileNames } from '../plan/resolve-profile.ts'
import { loadConfiguration } from './load-config.ts'

export interface AddCommandOptions extends CommonOptions {
  readonly profile?: string
  readonly asset?: string
  readonly move?: boolean
}

const CLEAR = '\r\u001B[K'

/** Puts files into the ingest folder the right way. @throws Problem `usage`, `already_in_ingest`, `environment` */
export async function addCommand(cli: Cli, options: AddCommandOptions, files: readonly string[]): Promise<void> {
  const { out, err } = cli.terminal
  const { ingest, profiles } = await loadConfiguration(options.config)
  const stopped = new AbortController()
  const forget = cli.terminal.onInterrupt(() => stopped.abort(new Interrupted('Stopped; what is not whole is not in the ingest folder.')))
  const onProgress = ({ file, bytes, size }: AddProgress) => err.write(`${CLEAR}${file}: ${percent(size === 0 ? 1 : bytes / size)} of ${bytesOf(size)}`)
  try {
    const added = await addFiles(files, {
      ingest: ingest.directory,
      profiles: new Set(profileNames(profiles)),
      how: options.move === true ? 'move' : 'copy',
      signal: stopped.signal,
      ...(options.profile === undefined ? {} : { profile: options.profile }),
      ...(options.asset === undefined ? {} : { asset: options.asset }),
      ...(err.isTTY && options.json !== true ? { onProgress } : {}),
    })
    if (err.isTTY) err.write(CLEAR)
    if (options.json === true) {
      writeJson(cli, JSON.stringify({ added }))
      return
    }
    for (const { source, path, bytes, companions } of added) out.write(`${source} → ${path} (${bytesOf(bytes)}${companions.length === 0 ? '' : `, with ${companions.join(', ')}`})\n`)
    out.write(`  see how it goes: ${againWith(cli.program, options)('jobs')}\n`)
  } catch (error) {
    if (stopped.signal.aborted) throw stopped.signal.reason
    throw error
  } finally {
    forget()
  }
}
