import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { addToken } from '../auth/manage-tokens.ts'
import { TOKEN_NAME } from '../auth/token.ts'
import { ConfigError } from '../config/load.ts'
import { apiErrors } from '../errors/api-errors.ts'
import { messageOf, Problem, systemCodeOf } from '../errors/problem.ts'
import { replaceFile } from '../files/atomic.ts'
import { storageFix } from '../files/storage-fix.ts'
import { againWith, startWith, type Cli } from './cli.ts'
import type { Init, InitFile, InitOptions } from './commands/init.ts'
import { daemonOwner, handOver } from './hand-over.ts'
import { askOnTerminal, type Asking } from './init/ask.ts'
import { answer, type Answers } from './init/question.ts'
import { socketDropIn } from './init/socket-drop-in.ts'
import { Interrupted } from './interrupted.ts'
import { onTokensFile } from './tokens.ts'
import { writeJson } from './write-json.ts'

/** Asks what it must know, writes the configuration and what belongs to it, makes a token, says what to type next. */
export async function initCommand(cli: Cli, options: InitOptions & Record<string, unknown>, init: Init, open: () => Asking | null = askOnTerminal): Promise<void> {
  const { program, terminal } = cli
  const { config: file, token, force = false, defaults = false } = options
  const tokensFile = options.tokensFile ?? program.defaults.tokensFile
  if (!force && existsSync(file)) {
    throw new Problem(apiErrors.configInvalid, `${file} is there already. Edit it (${againWith(program, { config: file })('check-config')} looks it over), or replace it with --force.`, { file })
  }
  if (token !== false && !TOKEN_NAME.test(token)) throw new Problem(apiErrors.usage, `--token ${token}: expected lower-case letters, digits and "-", a letter first.`)
  const answers = await collect(init, options, defaults ? null : open())
  const text = init.config(answers, options.tokensFile ?? null)
  refuseFaults(init, text, file)
  const dropIn = socketDropIn(program, file, answers['listen'])
  const files: InitFile[] = [{ path: file, text, mode: 0o644 }, ...init.files(answers), ...dropIn]
  const secret = await writeAll(files, async () => {
    if (token === false) return null
    const made = await onTokensFile(cli, tokensFile, async () => addToken(tokensFile, { name: token, role: init.role }, cli.now()))
    await handOver(tokensFile, await daemonOwner(program.defaults.stateDir))
    return made
  })
  const next = init.next(answers, { again: againWith(program, { config: file }), start: `${dropIn.length === 0 ? '' : 'systemctl daemon-reload && '}${startWith(program, file)}` })
  if (options.json === true) {
    writeJson(cli, JSON.stringify({ files: files.map(({ path }) => path), token: secret === null ? null : { name: token, role: init.role, secret }, next }))
    return
  }
  for (const { path } of files) terminal.err.write(`wrote ${path}\n`)
  if (secret !== null) {
    terminal.err.write(`the token ${String(token)} (${init.role}), shown only now; ${tokensFile} keeps its hash:\n`)
    terminal.out.write(`${secret}\n`)
  }
  terminal.err.write(`next: ${next.join('\n      ')}\n`)
}

async function collect(init: Init, options: Readonly<Record<string, unknown>>, asking: Asking | null): Promise<Answers> {
  const given: Record<string, string> = {}
  for (const { name } of init.questions) {
    const value = options[name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())]
    if (typeof value === 'string') given[name] = value
  }
  try {
    return await answer(init.questions, given, asking?.ask ?? null)
  } catch (error) {
    if (error instanceof Interrupted) throw error
    throw new Problem(apiErrors.usage, `${messageOf(error).replace(/\.$/, '')}.`, {}, error)
  } finally {
    asking?.[Symbol.dispose]()
  }
}

function refuseFaults(init: Init, text: string, file: string): void {
  try {
    init.check(text, file)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new Problem(apiErrors.usage, `With these answers the configuration would be wrong. ${error.message}`, { faults: error.faults }, error)
  }
}

/** Writes the files, then does what comes last; where anything fails, all is as before, so that the command can be run again. */
async function writeAll<T>(files: readonly InitFile[], last: () => Promise<T>): Promise<T> {
  const before: { path: string; text: Buffer | null }[] = []
  try {
    for (const { path, text, mode } of files) {
      before.push({ path, text: existsSync(path) ? await readFile(path) : null })
      await write(path, text, mode)
    }
    return await last()
  } catch (error) {
    for (const { path, text } of before.toReversed()) await (text === null ? rm(path, { force: true }) : replaceFile(path, text))
    throw error
  }
}

async function write(path: string, text: string, mode: number): Promise<void> {
  try {
    // A drop-in's directory is there only where there was one before.
    if (path.startsWith('/etc/systemd/system/')) await mkdir(dirname(path), { recursive: true })
    await replaceFile(path, text, { mode })
  } catch (error) {
    const code = systemCodeOf(error) ?? ''
    const fix = { EACCES: 'Run the command with sudo.', EPERM: 'Run the command with sudo.', ENOENT: 'Make its directory, or name another file with --config.' }[code]
    throw new Problem(apiErrors.configInvalid, `${messageOf(error)}. ${fix ?? `To go on, ${storageFix(error, 'daemon')}.`}`, { file: path }, error)
  }
}
