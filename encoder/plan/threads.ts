/** x264 with more loses quality: up to 10 VMAF on the worst frames with 64. */
const MOST = 8

/**
 * Threads of each rung's encoder: by its share of the pixels, over one and a half times the cores, since rungs wait for one
 * another. At least two where there are two cores: ffmpeg 5 calls the encoders in turn, and one that only hands over goes on at once.
 */
export function shareThreads(pixels: readonly number[], cores: number, fixed: number): number[] {
  if (fixed > 0) return pixels.map(() => Math.min(MOST, fixed))
  const total = pixels.reduce((sum, share) => sum + share, 0)
  return pixels.map((share) => Math.min(MOST, Math.max(Math.min(2, cores), Math.ceil((cores * 1.5 * share) / total))))
}
