/** Why work on a job was stopped though nothing is wrong with it; the reason of its abort signal. `restarted`: it begins anew, as another version. */
export class Interruption extends Error {
  override readonly name = 'Interruption'
  readonly why: 'paused' | 'cancelled' | 'stopping' | 'restarted'

  constructor(why: Interruption['why']) {
    super(`the job was interrupted: ${why}`)
    this.why = why
  }
}
