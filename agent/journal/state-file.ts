import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Value } from 'typebox/value'
import { messageOf, Problem, systemCodeOf } from '../../shared/errors/problem.ts'
import { replaceFile } from '../../shared/files/atomic.ts'
import { errors } from '../errors.ts'
import { StateSchema, type State } from './entries.ts'

/**
 * `state.json`: the journal's last state in one small file, so that people and scripts can read it.
 * The journal is the truth: a missing file is made anew from it.
 */
export async function writeState(file: string, state: State): Promise<void> {
  const body = JSON.stringify(state, null, 2)
  await replaceFile(file, `${JSON.stringify({ checksum: checksumOf(body), state }, null, 2)}\n`, { mode: 0o640 })
}

/**
 * The state, or null where there is no file.
 * @throws Problem `state_damaged` for a file that the agent did not write as it stands.
 */
export async function readState(file: string): Promise<State | null> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null
    throw new Problem(errors.stateDamaged, `${file} cannot be read: ${messageOf(error)}`, { file }, error)
  }
  const mend = 'Put it back from a backup, or delete it: the agent makes it anew from operations.jsonl beside it.'
  let wrapped: unknown
  try {
    wrapped = JSON.parse(text)
  } catch (error) {
    throw new Problem(errors.stateDamaged, `${file} is not JSON (${messageOf(error)}); it was changed by something else. ${mend}`, { file }, error)
  }
  const { checksum, state } = (typeof wrapped === 'object' && wrapped !== null ? wrapped : {}) as { checksum?: unknown; state?: unknown }
  if (checksum !== checksumOf(JSON.stringify(state ?? null, null, 2)) || !Value.Check(StateSchema, state)) {
    throw new Problem(errors.stateDamaged, `${file} was edited by hand: its checksum does not match. ${mend}`, { file })
  }
  return state
}

function checksumOf(body: string): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`
}
