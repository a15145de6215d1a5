import type { Stage } from '../stage.ts'

/** What a scene has shown: whether it went as promised, and the facts in words, a line each. */
export interface Shown {
  readonly ok: boolean
  readonly lines: readonly string[]
}

/** One thing that the demo shows under load. It leaves the stage as it found it: all healthy, blue live. */
export interface Scene {
  readonly title: string
  play(stage: Stage): Promise<Shown>
}
