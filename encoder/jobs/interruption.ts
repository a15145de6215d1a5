/** Why work on a job was stopped from outside; the reason of its abort signal. Not an error of the job. */
export class Interruption extends Error {
  override readonly name = 'Interruption'
  readonly why: 'paused' | 'cancelled' | 'stopping'

  constructor(why: Interruption['why']) {
    super(`the job was interrupted: ${why}`)
    this.why = why
  }
}
