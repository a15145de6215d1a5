import { createHmac } from 'node:crypto'
import t from 'tap'
import { parseSignature, sign, signatureMatches, signedAuthorization, stringToSign } from '../../../shared/auth/signed-call.ts'

const KEY = 'grs_0123456789012345678901234567890123456789abc'
const parts = { method: 'POST', target: '/v1/services/app/switch?to=green', body: Buffer.from('') }

t.test('the text that is signed is the documented one', (t) => {
  const text = stringToSign(1_700_000_000, 'abcdefghijklmnop', parts)
  t.equal(text, 'GREENROOM-HMAC-SHA256\n1700000000\nabcdefghijklmnop\nPOST\n/v1/services/app/switch?to=green\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  t.equal(sign(KEY, 1_700_000_000, 'abcdefghijklmnop', parts), createHmac('sha256', KEY).update(text).digest('hex'))
  t.end()
})

t.test('a signature holds for its own time, nonce, method, target and body only', (t) => {
  const given = parseSignature(signedAuthorization('ci', KEY, 1_700_000_000, 'abcdefghijklmnop', parts))
  if (given === null) throw new Error('not read')
  t.ok(signatureMatches(given, KEY, parts))
  t.notOk(signatureMatches({ ...given, timestamp: given.timestamp + 1 }, KEY, parts))
  t.notOk(signatureMatches({ ...given, nonce: 'abcdefghijklmnoq' }, KEY, parts))
  t.notOk(signatureMatches(given, KEY, { ...parts, method: 'PUT' }))
  t.notOk(signatureMatches(given, KEY, { ...parts, target: `${parts.target}&force=true` }))
  t.notOk(signatureMatches(given, KEY, { ...parts, body: Buffer.from(' ') }))
  t.notOk(signatureMatches(given, `${KEY}x`, parts))
  t.notOk(signatureMatches(given, undefined, parts), 'nor for a key that does not exist')
  t.end()
})

t.test('what is not of the documented shape is no signature', (t) => {
  const good = signedAuthorization('ci', KEY, 1_700_000_000, 'abcdefghijklmnop', parts)
  t.ok(parseSignature(good))
  t.ok(parseSignature(good.replaceAll(',', ', ')), 'a space after the comma is fine')
  for (const bad of ['', 'Bearer x', good.replace('key=', 'id='), good.slice(0, -1), `${good}0`, good.replace('nonce=abcdefghijklmnop', 'nonce=short'), good.replace('1700000000', '-1'), good.replace('key=ci', 'key=../x')]) {
    t.equal(parseSignature(bad), null, bad)
  }
  t.end()
})
