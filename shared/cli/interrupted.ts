/** Ctrl-C: what the daemon was asked for goes on, only the waiting has ended; or a question was not answered. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}
