/** Cores that one job keeps busy: decoder, scaler and the rungs' encoders share them well up to here. */
const CORES_PER_JOB = 8
/** Decoder, filters and the encoders of a ladder up to 1080p took 0.6 to 1.1 GB; as much again for HEVC and 4K. */
const MEMORY_PER_JOB = 2 * 1024 ** 3

/** How many jobs are encoded at the same time: what is configured, else by cores and memory of this host, at least one. */
export function jobConcurrency(configured: number, cores: number, memoryBytes: number): number {
  if (configured > 0) return configured
  return Math.max(1, Math.min(Math.floor(cores / CORES_PER_JOB), Math.floor(memoryBytes / MEMORY_PER_JOB)))
}
