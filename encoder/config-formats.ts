import { isIP } from 'node:net'
import { validate } from 'node-cron'
import { formats, type Format, type Formats } from '../shared/config/formats.ts'

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

const bucket: Format = {
  expected: 'the name of a bucket alone: 3 to 63 lower-case letters, digits, "." and "-", with a letter or a digit at both ends',
  example: 'media',
  check(text) {
    return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text) && !text.includes('..') && isIP(text) === 0 ? undefined : this.expected
  },
}

const keyPrefix: Format = {
  expected: 'folders such as "vod" or "vod/eu", of letters, digits, ".", "_" and "-", without a / at the beginning or the end',
  example: 'vod',
  check(text) {
    if (text === '') return 'a folder, or no such line: without it keys begin with the name of the asset'
    const plain = text.replaceAll(/^\/+|\/+$/g, '')
    if (plain !== text && plain !== '' && this.check(plain) === undefined) return `${JSON.stringify(plain)}, without a / at the beginning or the end`
    return text.split('/').every((step) => /^[A-Za-z0-9._-]+$/.test(step) && step !== '.' && step !== '..') ? undefined : this.expected
  },
}

const ORIGIN = 'scheme, host and port only, such as "http://127.0.0.1:9000"'

const origin: Format = {
  expected: ORIGIN,
  example: 'http://127.0.0.1:9000',
  check(text) {
    const complaint = formats['http-url'].check(text)
    if (complaint !== undefined) return /user name/.test(complaint) ? complaint : !/^[a-z][a-z0-9+-]*:\/\//i.test(text) && formats['http-url'].check(`http://${text}`) === undefined ? `${ORIGIN}; http:// or https:// is missing` : ORIGIN
    const url = new URL(text.replaceAll(/[{}]/g, ''))
    if (/[{}]/.test(text) || url.search !== '') return ORIGIN
    return url.pathname === '/' ? undefined : `${ORIGIN}, without ${JSON.stringify(url.pathname)}`
  },
}

/** Formats of encoder.toml beyond the shared ones. */
export const encoderFormats = { 'profile-name': profileName, cron, bucket, 'key-prefix': keyPrefix, origin } satisfies Formats
