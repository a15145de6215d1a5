import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { PointersChanged } from '../../../encoder/publish/after-publish.ts'
import { AfterPublish, signature } from '../../../encoder/publish/after-publish.ts'
import { memoryDirectory } from '../../support/memory-directory.ts'
import { directoryConfig, makeVersion, NEVER, publish, QUICK, testPublisher } from '../../support/publisher.ts'
import { httpServer } from '../../support/servers.ts'
import { until } from '../../support/until.ts'

t.test('a URL is told of changed pointers, signed, until it takes them, and over a restart', async (t) => {
  const root = await memoryDirectory(t)
  const config = directoryConfig(root, { prefix: 'vod' })
  const secret = join(root, '.secret')
  await writeFile(secret, 'purge-secret\n')
  let status = 503
  const calls: PointersChanged[] = []
  let refused = 0
  await using cdn = await httpServer((request, response) => {
    void (async () => {
      const body = String(Buffer.concat(await request.toArray()))
      const header = String(request.headers['greenroom-signature'])
      const seconds = Number(/^t=(\d+),/.exec(header)?.[1])
      t.equal(header, signature('purge-secret', body, seconds), 'the signature holds')
      t.ok(Math.abs(Date.now() / 1000 - seconds) < 60)
      if (status === 200) calls.push(JSON.parse(body) as PointersChanged)
      else refused += 1
      response.writeHead(status).end()
    })()
  })
  const afterPublish = { url: `http://${cdn.address}/purge`, secret_file: secret, timeout: 5000 }
  const work = join(root, '.work')
  {
    await using of = await testPublisher(work, config, { afterPublish })
    await publish(of.publisher, makeVersion(work, 'film'))
    await until('it was refused twice', () => refused >= 2)
    t.match(of.log, [{ level: 'warn', msg: /after_publish failed and is tried again: .*answered 503/ }])
  }
  status = 200
  await using of = await testPublisher(work, config, { afterPublish })
  await of.publisher.settled(NEVER)
  t.strictSame(calls.flatMap(({ pointers }) => pointers.map(({ key }) => key)), ['vod/film/master.m3u8', 'vod/film/manifest.mpd', 'vod/film/asset.json'])
  await publish(of.publisher, makeVersion(work, 'film'))
  await of.publisher.rollback('film')
  await of.publisher.settled(NEVER)
  t.equal(calls.at(-1)?.pointers.at(-1)?.version, of.publisher.asset('film')?.current, 'a rollback is told too')
})

t.test('a program is told on its standard input; its failure is tried again, and its runtime has an end', async (t) => {
  const root = await memoryDirectory(t)
  const work = join(root, '.work')
  const told = join(root, '.told')
  // Fails the first time with many words, hangs the second in a program of its own, and leaves one behind at last that holds its output open.
  const program = `n=$(cat '${told}.n' 2>/dev/null || echo 0); echo $((n + 1)) > '${told}.n'; case $n in 0) yes chatter | head -c 300000 >&2; echo no purge for you >&2; exit 3;; 1) sleep 100; : in vain;; *) cat > '${told}'; sleep 3 & ;; esac`
  await using of = await testPublisher(work, directoryConfig(root), { afterPublish: { command: ['/bin/sh', '-c', program], timeout: 700 } })
  await publish(of.publisher, makeVersion(work, 'film'))
  await of.publisher.settled(NEVER)
  t.match(JSON.parse(await readFile(told, 'utf8')), { event: 'pointers_changed', pointers: [{ asset: 'film', key: 'film/master.m3u8' }, {}, {}] })
  t.equal(await readFile(`${told}.n`, 'utf8'), '3\n')
  t.match(of.log.map(({ msg }) => msg), [/\/bin\/sh ended with exit code 3: .*no purge for you$/, 'after_publish works again'])
})

t.test('a ledger that cannot be read for a moment is told and tried again: nobody is left untold', async (t) => {
  const lines: string[] = []
  const row = { id: 1, asset: 'film', version: 'v1', keys: ['film/asset.json'], changed_at: '1' }
  let reads = 0
  let told = 0
  const notices = {
    oldest() {
      reads += 1
      if (reads === 1) throw new Error('disk I/O error')
      return told === 0 ? [row] : []
    },
    told: (id: number) => void (told = id),
    waiting: () => (told === 0 ? 1 : 0),
    add: () => {},
  }
  const log = { info: (line: unknown) => void lines.push(String(line)), warn: (_: unknown, line?: unknown) => void lines.push(String(line)) }
  const teller = new AfterPublish({ config: { command: ['/bin/true'], timeout: 5000 }, notices, prefix: '', log, onStep: () => {}, backoff: QUICK })
  await teller.idle()
  await teller.stop()
  t.equal(told, 1)
  t.match(lines, [/failed and is tried again: disk I\/O error/, 'after_publish works again'])
})
