import { addToken, listTokens, revokeToken, type TokenSummary } from '../auth/manage-tokens.ts'
import { TokensFileError } from '../auth/tokens-file.ts'
import { storageFix } from '../files/storage-fix.ts'
import { messageOf, Problem, systemCodeOf } from '../errors/problem.ts'
import { apiErrors } from '../errors/api-errors.ts'
import type { Cli } from './cli.ts'
import type { CreateOptions, TokensOptions } from './commands/token.ts'
import { daemonOwner, handOver } from './hand-over.ts'
import { readLocalConfig } from './local-config.ts'
import { nearest } from '../config/nearest.ts'
import { table } from './table.ts'
import { timeOf } from './words.ts'
import { writeJson } from './write-json.ts'

interface Place {
  readonly file: string
  /** Unknown when only the file was named. */
  readonly services: readonly string[] | null
  readonly stateDir: string | null
}

async function placeOf({ program }: Cli, options: TokensOptions): Promise<Place> {
  if (options.tokensFile !== undefined) return { file: options.tokensFile, services: null, stateDir: null }
  const { tokensFile, stateDir, toml } = await readLocalConfig(program, options.config)
  return { file: tokensFile, services: program.services?.(toml) ?? null, stateDir }
}

/** Runs `work` on the tokens file; says what to do about a file that cannot be used. */
export async function onTokensFile<T>({ program: { noun } }: Cli, file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = systemCodeOf(error) ?? systemCodeOf((error as Error).cause)
    if (code === 'EACCES' || code === 'EPERM') throw new Problem(apiErrors.configInvalid, `You may not use ${file}. Run the command with sudo, or as the user of the ${noun}.`, { file }, error)
    if (code === 'ENOENT') throw new Problem(apiErrors.configInvalid, `The directory of ${file} does not exist. Make it, or name another file: in api.tokens_file, or with --tokens-file.`, { file }, error)
    if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EROFS') throw new Problem(apiErrors.configInvalid, `${messageOf(error)}. To go on, ${storageFix((error as Error).cause, noun)}.`, { file }, error)
    if (error instanceof TokensFileError) throw new Problem(apiErrors.configInvalid, `${messageOf(error)}.`.replace(/\.\.$/, '.'), { file }, error)
    throw error
  }
}

export async function createCommand(cli: Cli, options: CreateOptions): Promise<void> {
  const { out, err } = cli.terminal
  const { file, services: known, stateDir } = await placeOf(cli, options)
  const { name, role, services, expires, signing } = options
  const secret = await onTokensFile(cli, file, async () => {
    const created = await addToken(
      file,
      { name, role, ...(services === undefined ? {} : { services }), ...(expires === undefined ? {} : { expires_in_ms: expires }), ...(signing === true ? { signing } : {}) },
      cli.now(),
    )
    if (stateDir !== null) await handOver(file, await daemonOwner(stateDir))
    return created
  })
  if (options.json === true) writeJson(cli, JSON.stringify({ name, role, services: services ?? null, kind: signing === true ? 'signing' : 'bearer', secret }))
  else out.write(`${secret}\n`)
  for (const service of services ?? []) {
    if (known === null || known.includes(service)) continue
    const meant = nearest(service, known)
    err.write(`warning: the configuration has no service ${service}.${meant === undefined ? '' : ` Did you mean ${meant}?`}\n`)
  }
  const until = expires === undefined ? 'it does not expire' : `it expires on ${timeOf(new Date(cli.now().getTime() + expires).toISOString())}`
  const kept = signing === true ? 'This secret is shown only now' : `This token is shown only now, ${file} keeps its hash`
  err.write(`${kept}; ${until}. It may do what the role ${role} may${services === undefined ? '' : ` with ${services.join(', ')}`}.\n`)
}

function tokensTable(tokens: readonly TokenSummary[], cli: Cli): string {
  const { columns, style } = cli.terminal.out
  const state = { valid: style.green, expired: style.yellow, revoked: style.red }
  // A daemon without services has nothing to limit a token to.
  const limits = (token: TokenSummary) => (cli.program.services === null ? [] : [token.services === null ? 'all' : token.services.join(', ')])
  const rows = tokens.map((token) => ({
    cells: [
      token.name,
      token.kind,
      token.role,
      state[token.state](token.state),
      token.expires === null ? 'never' : timeOf(new Date(token.expires).toISOString()),
      ...limits(token),
    ],
  }))
  return table(['NAME', 'KIND', 'ROLE', 'STATE', 'EXPIRES', ...(cli.program.services === null ? [] : ['SERVICES'])].map(style.bold), rows, columns)
}

export async function listCommand(cli: Cli, options: TokensOptions): Promise<void> {
  const { file } = await placeOf(cli, options)
  const tokens = await onTokensFile(cli, file, async () => listTokens(file, cli.now()))
  if (options.json === true) writeJson(cli, JSON.stringify({ tokens }))
  else cli.terminal.out.write(tokens.length === 0 ? `No tokens in ${file}. Make one: ${cli.program.command} token create --name NAME --role operator\n` : tokensTable(tokens, cli))
}

export async function revokeCommand(cli: Cli, options: TokensOptions, name: string): Promise<void> {
  const { file, stateDir } = await placeOf(cli, options)
  await onTokensFile(cli, file, async () => {
    const names = (await listTokens(file, cli.now())).filter(({ kind }) => kind !== 'certificate').map((token) => token.name)
    if (!names.includes(name)) {
      const meant = nearest(name, names)
      const hint = meant === undefined ? `It has: ${names.join(', ') || 'none'}.` : `Did you mean ${meant}?`
      throw new Problem(apiErrors.usage, `${file} has no token ${name}. ${hint}`, { file })
    }
    await revokeToken(file, name, cli.now())
    if (stateDir !== null) await handOver(file, await daemonOwner(stateDir))
  })
  if (options.json === true) writeJson(cli, JSON.stringify({ name, state: 'revoked' }))
  else cli.terminal.out.write(`${name} is revoked; a running ${cli.program.noun} refuses it from now on.\n`)
}
