import { validate } from 'node-cron'
import type { Format, Formats } from '../shared/config/formats.ts'

/** Folders of the ingest folder that are not profiles. */
const RESERVED = new Set(['done', 'failed'])

const profileName: Format = {
  expected: 'a name of at most 24 lower-case letters, digits and "-", a letter first',
  example: 'sport',
  check(text) {
    if (RESERVED.has(text)) return `another name: ${text} is where the ingest folder keeps its ended sources`
    return /^[a-z][a-z0-9-]{0,23}$/.test(text) ? undefined : this.expected
  },
}

const cron: Format = {
  expected: 'a cron line of five fields (minute, hour, day of month, month, day of week) in UTC, such as "30 3 * * *"',
  example: '30 3 * * *',
  check(text) {
    // node-cron also takes a sixth field for seconds and names such as @daily: one way to say it is enough here.
    return /^\S+(?: \S+){4}$/.test(text) && validate(text) ? undefined : this.expected
  },
}

/** Formats of encoder.toml beyond the shared ones. */
export const encoderFormats = { 'profile-name': profileName, cron } satisfies Formats
