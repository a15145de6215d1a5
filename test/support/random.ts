/** Numbers from 0 to 1 that another run repeats: `TEST_SEED=<seed>` of a run that failed. */
export function seededRandom(seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31))): { readonly seed: number; readonly random: () => number } {
  let state = seed
  // mulberry32 (public domain, Tommy Ettinger)
  const random = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { seed, random }
}
