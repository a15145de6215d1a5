import { constants } from 'node:fs'
import { access, readFile, stat } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { messageOf, Problem } from '../errors/problem.ts'
import { apiErrors } from '../errors/api-errors.ts'
import { readLocalConfig, type LocalConfig } from './local-config.ts'
import type { Program } from './program.ts'
import type { Terminal } from './terminal.ts'

/** Where the daemon is, and what to show it. */
export interface Target {
  readonly program: Program
  /** As a person would name it: `unix:/run/…` or a URL. */
  readonly name: string
  /** Set for the unix socket; its file mode is the authority. */
  readonly socketPath?: string
  readonly url: URL
  readonly token?: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  /** Known when the target came from a configuration on this host. */
  readonly config?: LocalConfig
}

export interface TargetOptions {
  readonly config: string
  readonly url?: string
  readonly tokenFile?: string
  readonly caFile?: string
  readonly cert?: string
  readonly key?: string
}

async function readOption(option: string, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new Problem(apiErrors.usage, `Cannot read the file of ${option}: ${messageOf(error)}.`, { file }, error)
  }
}

/** The token of `--token-file`. @throws Problem `usage` for a file without one, or one that everybody can read */
async function readToken({ command }: Program, file: string): Promise<string> {
  const token = (await readOption('--token-file', file))?.trim() ?? ''
  const { mode } = await stat(file)
  // Group bits are left alone: systemd shows the mask of an ACL there for its credentials.
  if ((mode & 0o007) !== 0 && (mode & 0o170_000) === 0o100_000) {
    throw new Problem(apiErrors.usage, `Everybody on this host can read the token file ${file}. Run: chmod 600 ${file}`, { file })
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new Problem(apiErrors.usage, `${file} does not hold a token: one line as \`${command} token create\` printed it is expected.`, { file })
  }
  return token
}

/** @throws Problem `usage` for files that are no PEM, or a key that is not the certificate’s */
function checkPem(files: { readonly ca?: string; readonly cert?: string; readonly key?: string }): void {
  if (Object.keys(files).length === 0) return
  try {
    createSecureContext(files)
  } catch (error) {
    throw new Problem(apiErrors.usage, `The files of --cert, --key or --ca-file cannot be used together: ${messageOf(error)}. Certificates and an unencrypted key in PEM are expected.`, {}, error)
  }
}

function tokenOfEnvironment(env: Terminal['env']): string | undefined {
  const token = env['GREENROOM_TOKEN']?.trim()
  if (token === undefined || token === '') return undefined
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Problem(apiErrors.usage, 'GREENROOM_TOKEN does not hold a token: it has spaces or characters other than ASCII.')
  return token
}

function parseUrl({ port }: Program, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  const problem = (expected: string) => new Problem(apiErrors.usage, `--url ${text}: ${expected}, such as https://edge1.example:${port}.`)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) throw problem('expected an http or https URL')
  if (url.username !== '' || url.password !== '') throw problem('a password does not belong there; pass a token with --token-file')
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') throw problem('expected only scheme, host and port')
  return url
}

/** An address to connect to for one that is listened on: everywhere includes here. */
function reachable(listen: string): string {
  return listen.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:')
}

async function writable(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK)
    return true
  } catch {
    // Why it is not is told by connecting, where nothing better than the socket is at hand.
    return false
  }
}

/**
 * Chooses how to reach the daemon: `--url`; else, with `--token-file`, the TCP address of the configuration;
 * else its unix socket; else, where that cannot be used and a token is in the environment, TCP again.
 * @throws Problem `usage`, `config_invalid`
 */
export async function chooseTarget(program: Program, options: TargetOptions, env: Terminal['env']): Promise<Target> {
  const [fileToken, ca, cert, key] = await Promise.all([
    options.tokenFile === undefined ? undefined : readToken(program, options.tokenFile),
    readOption('--ca-file', options.caFile),
    readOption('--cert', options.cert),
    readOption('--key', options.key),
  ])
  if ((cert === undefined) !== (key === undefined)) throw new Problem(apiErrors.usage, 'A client certificate needs both --cert FILE and --key FILE.')
  const token = fileToken ?? tokenOfEnvironment(env)
  const files = { ...(ca === undefined ? {} : { ca }), ...(cert === undefined || key === undefined ? {} : { cert, key }) }
  checkPem(files)
  const credentials = { ...(token === undefined ? {} : { token }), ...files }
  if (options.url !== undefined) {
    const url = parseUrl(program, options.url)
    return { program, name: url.origin, url, ...credentials }
  }

  const config = await readLocalConfig(program, options.config)
  const socketPath = config.listen.find((entry) => entry.startsWith('unix:'))?.slice('unix:'.length)
  const tcp = config.listen.find((entry) => !entry.startsWith('unix:'))
  const socket = (path: string): Target => ({ program, name: `unix:${path}`, socketPath: path, url: new URL('http://localhost'), config })
  const network = (address: string): Target => {
    const url = parseUrl(program, `${config.tls ? 'https' : 'http'}://${reachable(address)}`)
    return { program, name: url.origin, url, config, ...credentials }
  }
  const asked = fileToken !== undefined || cert !== undefined
  if (asked && tcp !== undefined) return network(tcp)
  if (socketPath !== undefined && (token === undefined || tcp === undefined || (await writable(socketPath)))) return socket(socketPath)
  if (tcp !== undefined) return network(tcp)
  throw new Problem(apiErrors.configInvalid, `${config.file} names no address in api.listen; give one with --url URL.`, { file: config.file })
}

