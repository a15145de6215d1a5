/** Ctrl-C while the daemon works: it goes on, only the waiting has ended. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}
