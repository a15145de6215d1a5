import { Interruption } from '../interruption.ts'
import type { WorkParts } from '../parts.ts'
import { sideBySide } from '../side-by-side.ts'
import { makeSound } from './sound.ts'
import { makeVideo, type VideoStep } from './video.ts'

/**
 * Encodes sound and pictures at the same time: sound keeps one core busy, and on a host of many it would hold up all others.
 * `onRecorded` is told of each chunk, and of the sound.
 */
export async function makeMedia(parts: WorkParts, step: VideoStep): Promise<void> {
  const { row, plan, source, tools, onRecorded } = step
  let pause: Interruption | undefined
  await sideBySide(
    step.signal,
    async (signal) => {
      await makeSound(parts, row, plan, source, tools, signal)
      onRecorded()
    },
    async (signal) => {
      try {
        await makeVideo(parts, { ...step, signal })
      } catch (error) {
        // A pause comes after a piece of work, and all of the sound is one.
        if (!(error instanceof Interruption) || error.why !== 'paused') throw error
        pause = error
      }
    },
  )
  if (pause !== undefined) throw pause
}
