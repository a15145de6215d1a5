import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { addToken, listTokens, revokeToken } from '../../../shared/auth/manage-tokens.ts'
import { openTokens } from '../../../shared/auth/token-store.ts'
import { hashToken, nameInToken, tokenMatches } from '../../../shared/auth/token.ts'
import { parseTokens } from '../../../shared/auth/tokens-file.ts'

const log = pino({ level: 'silent' })
const fileFor = (t: Test) => join(t.testdir({}), 'tokens.toml')

t.test('a token is known by its hash only, and its file is readable by nobody else', async (t) => {
  const file = fileFor(t)
  const token = await addToken(file, { name: 'ci', role: 'operator', services: ['app'], expires_in_ms: 1000 })
  t.match(token, /^gr_ci_[\w-]{43}$/)
  t.equal(nameInToken(token), 'ci')
  const text = await readFile(file, 'utf8')
  t.notMatch(text, token.slice(-43))
  t.equal((await stat(file)).mode & 0o777, 0o600)
  const { ci } = parseTokens(file, text).tokens
  t.ok(tokenMatches(token, ci?.hash))
  t.notOk(tokenMatches(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`, ci?.hash))
  t.notOk(tokenMatches(token, undefined))
  t.match(ci, { role: 'operator', services: ['app'] })
})

t.test('adding and revoking keeps comments and the tokens of others', async (t) => {
  const file = fileFor(t)
  await writeFile(file, `# ours\n[tokens.old] # by hand\nhash = "${hashToken('x')}"\nrole = "viewer"`, { mode: 0o600 })
  await addToken(file, { name: 'ci', role: 'operator' })
  await addToken(file, { name: 'signer', role: 'rollback', signing: true })
  await revokeToken(file, 'old')
  await revokeToken(file, 'ci')
  const text = await readFile(file, 'utf8')
  t.match(text, /^# ours\n\[tokens\.old\] # by hand\nrevoked = /)
  t.strictSame((await listTokens(file)).map(({ name, kind, role, state }) => [name, kind, role, state]), [
    ['old', 'bearer', 'viewer', 'revoked'],
    ['ci', 'bearer', 'operator', 'revoked'],
    ['signer', 'signing', 'rollback', 'valid'],
  ])
  await t.rejects(addToken(file, { name: 'ci', role: 'admin' }), /has a token named "ci" already/)
  await t.rejects(revokeToken(file, 'nobody'), /has no token named "nobody"/)
  await t.rejects(addToken(file, { name: '../x', role: 'admin' }), /cannot name a token/)
})

t.test('tokens made at the same time are all kept', async (t) => {
  const file = fileFor(t)
  const names = ['a', 'b', 'c', 'd', 'e']
  const results = await Promise.allSettled(names.map((name) => addToken(file, { name, role: 'viewer' })))
  const made = results.filter(({ status }) => status === 'fulfilled').length
  t.equal((await listTokens(file)).length, made)
  t.equal(made, names.length)
})

t.test('a token without a secret, with a day that does not exist, or an unknown key is a fault with its line', (t) => {
  const hash = hashToken('x')
  t.throws(() => parseTokens('t.toml', '[tokens.ci]\nrole = "admin"'), /tokens\.ci: found neither hash nor signing_key/)
  t.throws(() => parseTokens('t.toml', `[tokens.ci]\nhash = "${hash}"\nrole = "admin"\nexpires = "2026-02-31T00:00:00"`), /t\.toml:4: tokens\.ci\.expires/)
  t.throws(() => parseTokens('t.toml', `[tokens.ci]\nhash = "${hash}"\nrole = "root"`), /"viewer", "rollback", "operator" or "admin"/)
  t.throws(() => parseTokens('t.toml', `[tokens.ci]\nhash = "${hash}"\nrole = "admin"\nexpired = "x"`), /did you mean/)
  t.throws(() => parseTokens('t.toml', `[tokens.CI]\nhash = "${hash}"\nrole = "admin"`), /lower-case letters/)
  t.end()
})

t.test('no message about a tokens file quotes what may be a secret', (t) => {
  const secret = 'do-not-show-me'
  for (const text of [`[tokens.ci]\nhash = "${secret}"\nrole = "admin"`, `[tokens.ci]\nsigning_key = "${secret}"\nrole = "admin"`, `[tokens.ci]\nsigning_key = "${secret}`]) {
    try {
      parseTokens('t.toml', text)
      t.fail('accepted')
    } catch (error) {
      t.notMatch(String(error), secret)
    }
  }
  t.end()
})

t.test('a certificate is named whole: a dot before a name would be every name below it', (t) => {
  t.throws(() => parseTokens('tokens.toml', '[certificates.".example"]\nrole = "admin"\n'), /names below a domain/)
  t.end()
})

t.test('a file that others may read is refused, with the command that mends it', async (t) => {
  const file = fileFor(t)
  await addToken(file, { name: 'ci', role: 'admin' })
  for (const mode of [0o640, 0o604, 0o620]) {
    await chmod(file, mode)
    await t.rejects(openTokens(file, { log }), new RegExp(`mode 0${mode.toString(8)}.*chmod 600 ${file}`))
  }
})

t.test('a change is known within a quarter of a second, and not looked for more often', async (t) => {
  const file = fileFor(t)
  let now = 0
  const store = await openTokens(file, { log, clock: () => now })
  t.strictSame(Object.keys((await store.current()).tokens), [])
  await addToken(file, { name: 'ci', role: 'admin' })
  now = 249
  t.strictSame(Object.keys((await store.current()).tokens), [])
  now = 251
  t.strictSame(Object.keys((await store.current()).tokens), ['ci'])
  await rm(file)
  now = 600
  t.strictSame(Object.keys((await store.current()).tokens), [], 'without the file there are no tokens')
})

t.test('a new file that cannot be used leaves the old tokens, and says so until it is mended', async (t) => {
  const file = fileFor(t)
  let now = 0
  const store = await openTokens(file, { log, clock: () => (now += 300) })
  await addToken(file, { name: 'ci', role: 'admin' })
  await store.current()
  const good = await readFile(file, 'utf8')
  await writeFile(file, 'nonsense [')
  t.strictSame(Object.keys((await store.current()).tokens), ['ci'])
  t.match(store.problem, /tokens read before stay valid/)
  await writeFile(file, good)
  await chmod(file, 0o644)
  await store.current()
  t.match(store.problem, /chmod 600/)
  await chmod(file, 0o600)
  await store.current()
  t.equal(store.problem, null)
})
