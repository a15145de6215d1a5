import { type Format, type Formats, matching } from '../shared/config/formats.ts'

const SERVICE_NAME = /^[a-z][a-z0-9_-]{0,23}$/

const serviceName: Format = {
  expected: 'a name of at most 24 lower-case letters, digits, "-" and "_", a letter first',
  example: 'app',
  check(text) {
    if (!SERVICE_NAME.test(text)) return this.expected
    // Generations stand beside the services' symbolic links in routes_dir.
    return /^gen-\d+$/.test(text) ? 'another name: gen-<number> is what generations are called in routes_dir' : undefined
  },
}

const clientKey: Format = {
  expected: '"address", "cookie:<name>" or "header:<name>", such as "cookie:session_id" or "header:X-User-Id"',
  example: 'cookie:session_id',
  check(text) {
    if (text === 'address' || /^cookie:[A-Za-z0-9_]{1,64}$/.test(text) || /^header:[A-Za-z][A-Za-z0-9-]{0,63}$/.test(text)) return undefined
    if (text.startsWith('cookie:')) return 'a cookie name of letters, digits and "_" (Nginx has no variable for others)'
    if (text.startsWith('header:')) return 'a header name of letters, digits and "-" (Nginx drops headers with "_")'
    return this.expected
  },
}

/** Formats of agent.toml beyond the shared ones. */
export const agentFormats = {
  'service-name': serviceName,
  'upstream-name': matching(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, 'the name of an Nginx upstream: at most 64 letters, digits, ".", "-" and "_", a letter first', 'app_backend'),
  'gate-name': matching(/^[a-z][a-z0-9_-]{0,31}$/, 'a name of at most 32 lower-case letters, digits, "-" and "_", a letter first', 'smoke-test'),
  'client-key': clientKey,
} satisfies Formats
