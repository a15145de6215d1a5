import { join } from 'node:path'
import { messageOf, Problem, systemCodeOf } from '../../shared/errors/problem.ts'
import { Journal, JournalDamaged, type Link } from '../../shared/journal/journal.ts'
import { serial } from '../../shared/serial.ts'
import { errors } from '../errors.ts'
import { storageFix } from '../../shared/files/storage-fix.ts'
import type { JournalEntry, ServiceStates } from './entries.ts'
import { emptyReplay, replayEntry, type Replayed } from './replay.ts'
import { Reserve } from './reserve.ts'
import { readState, writeState } from './state-file.ts'

/**
 * The agent's memory: `operations.jsonl`, which is the truth and the audit log, and `state.json`, its last state.
 * An entry counts only once it is on disk.
 */
export class Ledger {
  readonly warnings: readonly string[]
  readonly #journal: Journal<JournalEntry>
  readonly #stateFile: string
  readonly #replayed: Replayed
  /** Outcomes that the disk refused; nothing new is begun before they are written. */
  readonly #owed: JournalEntry[] = []
  #debt: string | null = null
  /** True while state.json is older than the journal. */
  #stateIsOld = false
  readonly #inTurn = serial()
  readonly #saveInTurn = serial()
  /** The line that this process last wrote state.json at. */
  #saved: number | null = null

  readonly #reserve: Reserve

  private constructor(journal: Journal<JournalEntry>, stateDir: string, replayed: Replayed, warnings: readonly string[]) {
    this.#journal = journal
    this.#stateFile = join(stateDir, 'state.json')
    this.#reserve = new Reserve(join(stateDir, 'reserve'))
    this.#replayed = replayed
    this.warnings = warnings
  }

  /** @throws Problem `state_damaged`, `storage_failed` */
  static async open(stateDir: string): Promise<Ledger> {
    const file = join(stateDir, 'operations.jsonl')
    const stateFile = join(stateDir, 'state.json')
    const state = await readState(stateFile)
    const replayed = emptyReplay()
    const warnings: string[] = []
    let journal: Journal<JournalEntry>
    try {
      journal = await Journal.open(file)
    } catch (error) {
      throw openingProblem(file, error)
    }
    for await (const entry of journal.entries()) {
      replayEntry(replayed, entry)
      if (entry.seq === state?.journal.seq && entry.hash !== state.journal.hash) {
        await journal.close()
        throw openingProblem(file, new JournalDamaged(file, entry.seq, `it is not the line that ${stateFile} was written after: the journal was rewritten`))
      }
    }
    if (journal.torn !== null) {
      warnings.push(`The last line of ${file} was cut short, as a crash leaves it; what there was is kept in ${journal.torn}.`)
    }
    if (state !== null && state.journal.seq > journal.head.seq) {
      warnings.push(
        `${file} ends at line ${journal.head.seq}, but ${stateFile} was written at line ${state.journal.seq}: lines are missing. ` +
          'The state is taken from state.json; `greenroom-agent audit verify` says more.',
      )
      replayed.services = state.services
    }
    const ledger = new Ledger(journal, stateDir, replayed, warnings)
    await ledger.#reserve.hold()
    return ledger
  }

  get services(): ServiceStates {
    return this.#replayed.services
  }

  get replayed(): Readonly<Replayed> {
    return this.#replayed
  }

  /** Why what has happened is not yet in the journal, and what to do; null while it is. */
  get debt(): string | null {
    return this.#debt
  }

  /**
   * Writes one entry, and before it what is owed; it is durable when this resolves. A rollback's (`urgent`) may use the
   * space that is held in reserve for it.
   * @throws Problem `storage_failed`
   */
  async append(entry: JournalEntry, { urgent = false } = {}): Promise<void> {
    await this.#inTurn(async () => {
      await this.#withReserve(urgent, async () => {
        await this.#writeOwed()
        await this.#write(entry)
      })
      this.#remember(entry)
    })
  }

  /**
   * For what has already happened in the world: remembered at once, and written as soon as the disk takes it.
   * Answers with a warning where that is not now.
   */
  async appendFact(entry: JournalEntry): Promise<string | null> {
    this.#remember(entry)
    this.#owed.push(entry)
    try {
      await this.settle()
      return null
    } catch (error) {
      return `This outcome is not yet in the journal and the agent begins nothing new until it is: ${messageOf(error)}`
    }
  }

  /** Writes what is owed. @throws Problem `storage_failed` */
  async settle({ urgent = false } = {}): Promise<void> {
    await this.#inTurn(async () => this.#withReserve(urgent, async () => this.#writeOwed()))
  }

  /**
   * Brings state.json up to the last line of the journal, so that `audit verify` notices when lines are cut off.
   * @throws Problem `storage_failed`
   */
  async saveState(): Promise<void> {
    await this.#saveInTurn(async () => {
      const { head } = this.#journal
      // Who waited for a turn may find that the save before has already taken its line along.
      if (this.#saved === head.seq) return
      try {
        await writeState(this.#stateFile, { format: 1, journal: head, services: structuredClone(this.services) as never })
      } catch (error) {
        throw storageProblem(this.#stateFile, error)
      }
      this.#saved = head.seq
      this.#stateIsOld = false
    })
  }

  /** Writes whatever a full or failing disk refused before. @throws Problem `storage_failed` */
  async catchUp(): Promise<void> {
    if (this.#owed.length > 0) await this.settle()
    if (this.#stateIsOld) await this.saveState()
    await this.#reserve.hold()
  }

  /** From the journal, oldest first, beginning after line `after`. */
  entries(after = 0): AsyncIterable<JournalEntry & Link> {
    return this.#journal.entries(after)
  }

  async close(): Promise<void> {
    await this.#journal.close()
  }

  #remember(entry: JournalEntry): void {
    replayEntry(this.#replayed, entry)
    if ('services' in entry && entry.services !== null) this.#stateIsOld = true
  }

  async #withReserve(urgent: boolean, write: () => Promise<void>): Promise<void> {
    try {
      await write()
    } catch (error) {
      if (!urgent || !(await this.#reserve.releaseFor(error))) throw error
      await write()
    }
  }

  async #writeOwed(): Promise<void> {
    for (let entry = this.#owed[0]; entry !== undefined; entry = this.#owed[0]) {
      try {
        await this.#write(entry)
      } catch (error) {
        this.#debt = messageOf(error)
        throw error
      }
      this.#owed.shift()
    }
    this.#debt = null
  }

  async #write(entry: JournalEntry): Promise<void> {
    try {
      await this.#journal.append(entry)
    } catch (error) {
      throw storageProblem(this.#journal.path, error)
    }
  }
}

function openingProblem(file: string, error: unknown): Problem {
  if (systemCodeOf(error) !== undefined) return storageProblem(file, error)
  return new Problem(
    errors.stateDamaged,
    `${file} was changed by something else: ${messageOf(error)}. \`greenroom-agent audit verify\` shows every such place. ` +
      'Put the file back, or move it away to start a new journal (state.json is then the last known state).',
    { file },
    error,
  )
}

function storageProblem(file: string, error: unknown): Problem {
  return new Problem(errors.storageFailed, `${file} cannot be written: ${messageOf(error)}. To go on, ${storageFix(error, 'agent')}.`, { file }, error)
}
