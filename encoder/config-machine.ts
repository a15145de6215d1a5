import { certificates, checkPaths, directory, type MachineFault, privateKey, program, readable } from '../shared/config/machine.ts'
import { ConfigError, type Fault } from '../shared/config/load.ts'
import { messageOf } from '../shared/errors/problem.ts'
import type { EncoderConfig } from './config.ts'
import { readCredentials } from './publish/minio/credentials.ts'

async function credentials(path: string): Promise<MachineFault | undefined> {
  const unreadable = await readable(path)
  if (unreadable !== undefined) return unreadable
  try {
    await readCredentials(path)
    return undefined
  } catch (error) {
    const { cause } = error as Error
    const found = cause instanceof ConfigError ? cause.faults.map(({ place, line, found }) => `${place === '' ? `line ${line}` : place} is ${found}`).join(', ') : messageOf(cause)
    return { found: `which cannot be used: ${found}`, expected: 'access_key = "…" and secret_key = "…" in it, each in quotes, and mode 0600' }
  }
}

/** What encoder.toml names and this machine does not have, or this user may not use. Changes nothing. */
export async function checkMachine({ work, store, tools, api, after_publish: hook }: EncoderConfig): Promise<Fault[]> {
  const minio = store.kind === 'minio'
  const [command] = hook?.command ?? []
  return checkPaths([
    ['work.directory', work.directory, directory('encoder')],
    ['store.directory', minio ? undefined : store.directory, directory('encoder')],
    ['store.credentials_file', minio ? store.credentials_file : undefined, credentials],
    ['store.ca_file', minio ? store.ca_file : undefined, certificates],
    ['tools.ffmpeg', tools.ffmpeg, program('install it (apt-get install ffmpeg), or set tools.ffmpeg to where it is (command -v ffmpeg)')],
    ['tools.ffprobe', tools.ffprobe, program('install it (apt-get install ffmpeg), or set tools.ffprobe to where it is (command -v ffprobe)')],
    ['api.tls.cert', api.tls?.cert, certificates],
    ['api.tls.key', api.tls?.key, privateKey(api.tls?.cert)],
    ['api.tls.client_ca', api.tls?.client_ca, certificates],
    ['after_publish.command[0]', command?.includes('/') === true ? command : undefined, program('name a program that exists (chmod +x FILE makes one of a script)')],
    ['after_publish.secret_file', hook?.secret_file, readable],
    ['after_publish.ca_file', hook?.ca_file, certificates],
  ])
}
