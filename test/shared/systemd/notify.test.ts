import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { createLogger } from '../../../shared/log.ts'
import { until } from '../../support/until.ts'
import { systemdNotify } from '../../../shared/systemd/notify.ts'

const missing = spawnSync('systemd-notify', ['--version']).error !== undefined ? 'there is no systemd-notify here' : false

/** What systemd would read: a unix datagram socket, which Node cannot open but Perl, part of every Debian, can. */
async function receiver() {
  // Not in t.testdir: the path of a socket has at most 107 bytes.
  const directory = await mkdtemp(join(tmpdir(), 'greenroom-notify-'))
  const path = join(directory, 'socket')
  const script = `use IO::Socket::UNIX; $| = 1; alarm 60; my $s = IO::Socket::UNIX->new(Local => $ARGV[0], Type => SOCK_DGRAM) or die $!; print "listening\\n";
    while (defined $s->recv(my $m, 65536)) { $m =~ s/\\n+$//; $m =~ s/\\n/|/g; print "$m\\n" unless $m =~ /^BARRIER/ }`
  const child = spawn('perl', ['-e', script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => ((await lines.next()) as { value: string }).value
  await next()
  return {
    path,
    next,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await once(child, 'exit')
      await rm(directory, { recursive: true })
    },
  }
}

function logger() {
  const lines: string[] = []
  return { log: createLogger({ level: 'info', name: 'test', destination: { write: (line) => lines.push(line) } }), lines }
}

t.test('tells systemd what it is told, in order, a status on one line', { skip: missing }, async (t) => {
  await using systemd = await receiver()
  const { log, lines } = logger()
  const notify = systemdNotify({ socket: systemd.path, log })
  await Promise.all([notify.ready('2 services'), notify.status('switching app\nto green'), notify.stopping()])
  t.match(await systemd.next(), /^READY=1\|STATUS=2 services/)
  t.match(await systemd.next(), /^STATUS=switching app to green/)
  t.match(await systemd.next(), /^STOPPING=1/)
  t.same(lines, [])
})

t.test('sends the watchdog its sign of life only while healthy, twice per interval', { skip: missing }, async (t) => {
  await using systemd = await receiver()
  const { log } = logger()
  let healthy = true
  let asked = 0
  const notify = systemdNotify({ socket: systemd.path, watchdogUsec: '100000', log })
  using _watchdog = notify.watch(() => {
    asked += 1
    return healthy
  })
  const keepAlive = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(keepAlive))
  const start = performance.now()
  t.match(await systemd.next(), /^WATCHDOG=1/)
  t.ok(performance.now() - start >= 45, 'not before half the interval')
  t.match(await systemd.next(), /^WATCHDOG=1/)
  healthy = false
  const before = asked
  await notify.status('after')
  await until('it was asked three times more', () => asked >= before + 3)
  await notify.status('end')
  const heard: string[] = []
  do heard.push(await systemd.next())
  while (!heard.at(-1)?.includes('STATUS=end'))
  t.ok(heard.filter((message) => message.startsWith('WATCHDOG')).length <= 1, 'none but one that was on its way')
})

t.test('without systemd nothing is sent and nothing is wrong', async (t) => {
  const { log, lines } = logger()
  const notify = systemdNotify({ socket: undefined, watchdogUsec: '1000', log, program: 'no-such-program' })
  await notify.ready('x')
  await notify.stopping()
  notify.watch(() => t.fail('nobody watches'))[Symbol.dispose]()
  t.same(lines, [])
})

t.test('a message that cannot be sent is logged, and no error', async (t) => {
  const { log, lines } = logger()
  const notify = systemdNotify({ socket: join(t.testdir(), 'notify'), log, program: 'no-such-program' })
  await notify.ready()
  t.equal(lines.length, 1)
  t.match(JSON.parse(lines[0] ?? ''), { level: 'warn', msg: /systemd could not be told READY=1: .*no-such-program/s })
})
