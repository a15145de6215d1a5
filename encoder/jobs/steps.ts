/**
 * Steps of a job at which a crash is told apart, in their order; each name is told before the first write of its step.
 * What a death in each of them leads to stands in docs/reference/job-states.md; a test kills the process in every one.
 */
export const JOB_STEPS = [
  'probe',
  'begin-version',
  'encode',
  'sound',
  'sound-recorded',
  'captions',
  'chunk',
  'chunk-recorded',
  'point-early',
  'pictures',
  'playlists',
  'store',
  'point',
  'finish',
  'tell-end',
  'put-away',
  'remove-work',
  'end',
] as const

export type JobStep = (typeof JOB_STEPS)[number]
export type OnJobStep = (job: string, step: JobStep) => void
