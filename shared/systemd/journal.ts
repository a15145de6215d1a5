import { fstatSync } from 'node:fs'
import type { DestinationStream } from 'pino'

/** Priorities of syslog. */
const PRIORITIES: Readonly<Record<string, number>> = { trace: 7, debug: 7, info: 6, warn: 4, error: 3, fatal: 2 }

/** Whether a descriptor is a connection to the journal; `stream`: JOURNAL_STREAM of the environment, its device and inode (systemd.exec(5)). */
export function isJournal(stream: string | undefined, fd = 1): boolean {
  if (stream === undefined) return false
  const { dev, ino } = fstatSync(fd)
  return stream === `${dev}:${ino}`
}

/** Puts the priority before each line, where journald takes it off: `journalctl -p warning` then finds what matters. */
export function withPriority(destination: DestinationStream): DestinationStream {
  return { write: (line) => destination.write(`<${PRIORITIES[/^\{"level":"(\w+)"/.exec(line)?.[1] ?? ''] ?? 6}>${line}`) }
}
