import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { messageOf, Problem, systemCodeOf } from '../../shared/errors/problem.ts'
import { readLine, type Head } from '../../shared/journal/chain.ts'
import { linesOf } from '../../shared/journal/lines.ts'
import { verifyJournal, type Verification } from '../../shared/journal/verify.ts'
import { errors } from '../errors.ts'
import { readState } from '../journal/state-file.ts'
import type { AuditEntry } from '../switching/contract.ts'
import type { Cli } from '../../shared/cli/cli.ts'
import type { Client } from '../../shared/cli/client.ts'
import type { AuditOptions, VerifyOptions } from './commands/audit.ts'
import { Finished } from '../../shared/cli/finished.ts'
import { readLocalConfig } from './local-config.ts'
import { auditTable } from './render-audit.ts'
import { writeJson } from '../../shared/cli/write-json.ts'
import { withAgent } from './with-agent.ts'
import { count } from '../../shared/cli/words.ts'

/** Name of the journal in the state directory. */
const JOURNAL = 'operations.jsonl'
/** Lines per call while the end of the journal is looked for. */
const PAGE = 500

function linesIn(body: unknown): AuditEntry[] {
  return (body as { entries: AuditEntry[] }).entries
}

/** The last lines: the API reads on from a line, so the pages before them are read and dropped. */
async function lastLines(client: Client, limit: number): Promise<AuditEntry[]> {
  let kept: AuditEntry[] = []
  for (let after = 0; ; ) {
    const page = linesIn((await client.call<unknown>('GET', '/v1/audit', { query: { after, limit: PAGE } })).body)
    kept = [...kept, ...page].slice(-limit)
    if (page.length < PAGE) return kept
    after = page.at(-1)?.seq ?? after
  }
}

export async function showAudit(cli: Cli, options: AuditOptions): Promise<void> {
  const { out } = cli.terminal
  const { after, limit, json } = options
  await withAgent(cli, options, undefined, async (client) => {
    if (json === true || after !== undefined) {
      const answer = await client.call<unknown>('GET', '/v1/audit', { query: { after, limit } })
      if (json === true) writeJson(cli, answer.text)
      else out.write(auditTable(linesIn(answer.body), out.columns, out.style))
      return
    }
    out.write(auditTable(await lastLines(client, limit), out.columns, out.style))
  })
}

/** The line that state.json was written at, or why it cannot be told. */
async function stateHead(stateDir: string): Promise<Head | string | null> {
  try {
    return (await readState(join(stateDir, 'state.json')))?.journal ?? null
  } catch (error) {
    return messageOf(error)
  }
}

/** The end of the chain, to be kept elsewhere; null where the last line cannot be read as one. */
async function headOf(file: string): Promise<Head | null> {
  await using handle = await open(file, 'r')
  let last: Buffer | null = null
  for await (const { bytes } of linesOf(handle)) last = bytes
  const line = last === null ? null : readLine(last)
  return line?.ok === true ? { seq: line.entry.seq, hash: line.entry.hash } : null
}

async function verified(file: string, head: Head | undefined): Promise<Verification> {
  try {
    return await verifyJournal(file, head)
  } catch (error) {
    const code = systemCodeOf(error)
    const why =
      code === 'EACCES'
        ? 'you may not read it. Run the command with sudo, or as the user of the agent'
        : code === 'ENOENT'
          ? 'there is no such file. Name the right one with --config FILE or --journal FILE'
          : messageOf(error)
    throw new Problem(errors.usage, `Cannot read the journal ${file}: ${why}.`, { file }, error)
  }
}

export async function verifyAudit(cli: Cli, options: VerifyOptions): Promise<void> {
  const { out, err } = cli.terminal
  const file = options.journal ?? join((await readLocalConfig(options.config)).stateDir, JOURNAL)
  // A copy of the whole directory has the state.json that belongs to it; beside a lone copy nothing does.
  const known = basename(file) === JOURNAL ? await stateHead(dirname(file)) : null
  if (typeof known === 'string') err.write(`warning: ${known}\n`)
  const heads = [options.expectHead, typeof known === 'string' ? undefined : (known ?? undefined)].filter((head) => head !== undefined)
  const [first, ...others] = await Promise.all((heads.length === 0 ? [undefined] : heads).map(async (head) => verified(file, head)))
  if (first === undefined) return
  const faults = [...new Map([first, ...others].flatMap((verification) => verification.faults).map((fault) => [`${fault.line} ${fault.what}`, fault])).values()].toSorted((a, b) => a.line - b.line)
  const ok = faults.length === 0
  const head = ok ? await headOf(file) : null
  if (options.json === true) writeJson(cli, JSON.stringify({ ok, file, lines: first.lines, head, faults }))
  else if (ok) {
    out.write(`${file}: ${count(first.lines, 'line')}, none changed or missing\n`)
    if (head !== null) out.write(`head ${head.seq}:${head.hash}\n`)
  } else {
    out.write(faults.map(({ line, what }) => `${file}:${line}: ${what}\n`).join(''))
    err.write('error: the journal is not as the agent wrote it. Compare it with a backup or with the log, which names each operation.\n')
  }
  if (!ok) throw new Finished(1)
}
