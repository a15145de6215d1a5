/** One thing that stands in the way of an adoption. */
export interface Refusal {
  /** `file:line`, or the option or setting it is about. */
  readonly place: string
  readonly why: string
  /** What to write, change or type instead. */
  readonly by_hand: string
}

/** Why a vhost cannot be adopted as it is: all reasons at once. */
export class AdoptRefused extends Error {
  override readonly name = 'AdoptRefused'
  readonly refusals: readonly Refusal[]

  constructor(refusals: readonly Refusal[]) {
    super(refusals.map(({ place, why, by_hand }) => `${place}: ${why}\n  By hand: ${by_hand}`).join('\n'))
    this.refusals = refusals
  }
}
