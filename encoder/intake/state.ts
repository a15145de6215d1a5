import type { WaitingFile } from './contract.ts'
import type { FolderProblem } from './folder.ts'
import type { SourceGroup } from './judge.ts'
import type { SeenFile } from './scan.ts'
import { sparingly } from './sparingly.ts'
import { type Hold, type Moment, track, type Tracked, type TrackedFiles } from './tracked.ts'
import { waitingFiles } from './waiting.ts'

export interface Clock {
  /** Wall clock, ms. */
  readonly now: () => number
  /** Monotonic clock, ms. */
  readonly elapsed: () => number
}

/** The problems there can be at the same time; the first one stands for all. */
export interface Problems {
  folder: FolderProblem | null
  claims: FolderProblem | null
  watch: FolderProblem | null
}

/** What intake knows of its files, shared by looks and claims, and told to whoever listens when it changes. */
export class IntakeState {
  readonly problems: Problems
  readonly #settle: number
  readonly #clock: Clock
  readonly #listeners = new Set<() => void>()
  #files = new Map<string, Tracked>()
  #claiming: ReadonlySet<string> = new Set()
  /** What left the folder by our hand since the last look began, which may have seen it before. */
  #taken = new Set<string>()
  #paused: string | null = null
  #told = ''
  readonly #telling = sparingly(() => this.#tellNow())

  constructor(folder: FolderProblem, settle: number, clock: Clock) {
    this.problems = { folder, claims: null, watch: null }
    this.#settle = settle
    this.#clock = clock
  }

  get files(): TrackedFiles {
    return this.#files
  }

  get paused(): string | null {
    return this.#paused
  }

  set paused(reason: string | null) {
    this.#paused = reason
    this.tell()
  }

  /** Keys of the files that are being moved. */
  set claiming(keys: readonly string[]) {
    this.#claiming = new Set(keys)
    this.tell()
  }

  get moment(): Moment {
    return { elapsed: this.#clock.elapsed(), wall: this.#clock.now() }
  }

  problem(): FolderProblem | null {
    return this.problems.folder ?? this.problems.claims ?? this.problems.watch
  }

  waiting(): WaitingFile[] {
    return waitingFiles({ files: this.#files, settle: this.#settle, problem: this.problem(), paused: this.#paused, claiming: this.#claiming }, this.moment)
  }

  lookBegins(): void {
    this.#taken = new Set()
  }

  seen(files: readonly SeenFile[]): void {
    this.#files = track(this.#files, files.filter((file) => !this.#taken.has(tokenOf(file))), this.moment)
  }

  /** They are in the work area now. */
  took({ source, companions }: SourceGroup): void {
    for (const file of [source, ...companions]) {
      this.#taken.add(tokenOf(file))
      if (this.#files.get(file.key)?.print.ino === file.print.ino) this.#files.delete(file.key)
    }
  }

  hold({ source }: SourceGroup, hold: Hold): void {
    this.#change(source, { hold })
  }

  /** It changed as it was being taken: it waits the whole settle time again. */
  restart({ source }: SourceGroup): void {
    this.#change(source, { since: this.#clock.elapsed() })
  }

  #change({ key }: Tracked, change: Partial<Tracked>): void {
    const file = this.#files.get(key)
    if (file !== undefined) this.#files.set(key, { ...file, ...change })
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Tells the listeners soon, should anything differ from what they were told last. */
  tell(): void {
    if (this.#listeners.size > 0) this.#telling.ask()
  }

  stop(): void {
    this.#telling.stop()
  }

  #tellNow(): void {
    const list = this.waiting().map(({ name, reason, size }) => `${name} ${reason} ${size}`)
    const said = [this.problem()?.code, this.#paused, ...list].join('\n')
    if (said === this.#told) return
    this.#told = said
    for (const listener of this.#listeners) listener()
  }
}

/** A file at a path: what was taken is told from a new file of the same name. */
function tokenOf({ key, print }: SeenFile): string {
  return `${print.ino} ${key}`
}
