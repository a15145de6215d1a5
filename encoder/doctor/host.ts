import type { Finding } from '../../shared/doctor/finding.ts'
import type { EncoderConfig } from '../config.ts'

/** What the checks look at. */
export interface DoctorHost {
  readonly configFile: string
  readonly config: EncoderConfig
  /** Value of PATH. */
  readonly path: string
  readonly now: Date
  /** Uid of the user that the encoder runs as, as far as its work area tells; else of this process. */
  readonly owner: number
}

/** One check: looks, changes nothing (the store's writes one object and removes it). */
export type Check = (host: DoctorHost) => Promise<readonly Finding[]>
