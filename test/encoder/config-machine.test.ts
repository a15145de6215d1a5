import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { checkMachine } from '../../encoder/config-machine.ts'
import { parseEncoderConfig } from '../../encoder/load-config.ts'

t.test('credentials that no store could take are told before the start, without a word of them', async (t) => {
  const directory = t.testdir()
  const file = join(directory, 'keys.toml')
  const config = parseEncoderConfig(`
    ingest.directory = "${directory}/ingest"
    work.directory = "${directory}/work"
    [store]
    kind = "minio"
    endpoint = "http://127.0.0.1:9000"
    bucket = "media"
    credentials_file = "${file}"`)
  const told = async (text: string, mode = 0o600) => {
    await writeFile(file, text)
    await chmod(file, mode)
    return (await checkMachine(config)).filter(({ place }) => place === 'store.credentials_file')
  }
  const good = 'access_key = "greenroom"\nsecret_key = "k4 G/+=x"\n'
  t.strictSame(await told(good), [])
  t.match(await told(''), [{ found: /keys\.toml", which cannot be used: access_key is nothing, secret_key is nothing$/, expected: /access_key = "…" and secret_key = "…"/ }])
  t.match(await told('accessKey = "greenroom"\nsecretKey = "77001"'), [{ found: /accessKey is an unknown key/ }])
  t.match(await told('export SECRET=77001'), [{ found: /line 1 is a line, which is not TOML/ }])
  t.match(await told('access_key = "greenroom "\nsecret_key = "x"'), [{ found: /access_key is a text/ }])
  t.match(await told(good, 0o644), [{ found: /may be read by everybody/ }])
  for (const text of ['access_key = "a"\nsecret_key = 77001', 'access_key = "a"\nsecret_key = "77001\\n"']) {
    const faults = await told(text)
    t.match(faults, [{ found: /secret_key is a (number|text) \(not shown/ }])
    t.notMatch(JSON.stringify(faults), /77001/)
  }
})
