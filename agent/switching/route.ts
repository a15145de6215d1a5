export const COLOURS = ['blue', 'green'] as const
export type Colour = (typeof COLOURS)[number]

export function otherColour(colour: Colour): Colour {
  return colour === 'blue' ? 'green' : 'blue'
}

export type Pools = Readonly<Record<Colour, readonly string[]>>

/** How a service's traffic is shared between its pools. */
export interface Route {
  readonly live: Colour
  /** The colour that a rollback goes to; null before the first switch. */
  readonly previous: Colour | null
  /** Per cent of the unpinned clients per colour, whole numbers, sum 100. */
  readonly weights: Readonly<Record<Colour, number>>
  /** `pinned_through`: maintenance for all but the clients that carry a pin cookie. */
  readonly maintenance: 'off' | 'on' | 'pinned_through'
}

/** All traffic on one colour. */
export function routeTo(live: Colour, previous: Colour | null = null): Route {
  return { live, previous, weights: { blue: live === 'blue' ? 100 : 0, green: live === 'green' ? 100 : 0 }, maintenance: 'off' }
}
