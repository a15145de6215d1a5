import { pino, type DestinationStream, type Logger } from 'pino'
import { withPriority } from './systemd/journal.ts'

export type { Logger }

export interface LogOptions {
  readonly level: string
  readonly name: string
  /** Default: standard output, each line written before the call returns, so that a crash loses none. */
  readonly destination?: DestinationStream
  /** Standard output is the journal, which wants a priority with each line. */
  readonly journal?: boolean
}

/** Members that never reach a log, whatever object they are logged with. */
const SECRETS = ['authorization', 'cookie', 'set_cookie', 'set-cookie', 'token', 'secret', 'signing_key', 'signing_secret', 'signature', 'password', 'key_pem']
const DEPTHS = ['', '*.', '*.*.', '*.*.*.']

/** A logger of JSON lines with ISO times and level names. */
export function createLogger({ level, name, destination, journal = false }: LogOptions): Logger {
  const output = destination ?? pino.destination({ fd: 1, sync: true })
  return pino(
    {
      name,
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: DEPTHS.flatMap((depth) => SECRETS.map((secret) => (secret.includes('-') ? `${depth.slice(0, -1)}["${secret}"]` : `${depth}${secret}`))), censor: '[secret]' },
    },
    journal ? withPriority(output) : output,
  )
}
