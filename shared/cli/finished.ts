/** Ends a command that has already told everything, with an exit code of its own. */
export class Finished extends Error {
  override readonly name = 'Finished'
  readonly exit: number

  constructor(exit: number) {
    super(`finished with ${exit}`)
    this.exit = exit
  }
}
