import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { accessSync, constants, existsSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import t, { type Test } from 'tap'
import { percentile } from '../../../demo/load/percentiles.ts'
import { buildPackage } from '../../../systemd/package/build.ts'
import { products } from '../../../systemd/package/products.ts'
import { until } from '../../support/until.ts'
import { machineEncoder, makeMinute } from './encoder.ts'
import { prepareHost } from './host.ts'
import { loadMachine, type MachineLoad } from './load.ts'
import { bootMachine } from './machine.ts'
import { ProofTable } from './table.ts'

// npm run test:vm: packages, units and daemons in a Debian that systemd has booted. Prints what it measured as a table.
const root = join(import.meta.dirname, '../../..')
// Minutes of work in each point, on a machine that may be busy.
const LONG = { timeout: 900_000 }
t.setTimeout(3_600_000)
const { exitCode, stdout: base } = await execa('sh', [join(import.meta.dirname, 'base.sh')], { reject: false, stderr: 'inherit' })
if (exitCode === 3) {
  t.plan(0, base)
  process.exit(0)
}
if (exitCode !== 0) throw new Error('test/system/vm/base.sh failed')

const OLD = '0.1.0'
const NEW = '0.1.1'
const SHAPE = { connections: 20, streams: 10, pauseMs: 5 }
const minio = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'greenroom/bin/minio')
const hasMinio = canRun(minio)
// While one works on the proof itself, packages need not be built each time: GREENROOM_DEBS names where they stay.
const kept = process.env['GREENROOM_DEBS']
const packages = kept ?? (await mkdtemp(join(tmpdir(), 'greenroom-debs.')))
if (kept === undefined) t.teardown(() => rm(packages, { recursive: true }))

const builds = [OLD, NEW].flatMap((version) => products.map((product) => ({ product, version })))
// Uncompressed: they are unpacked at once, on this machine.
const options = { root, out: packages, arch: process.arch === 'arm64' ? 'arm64' : 'amd64', epoch: 1_767_225_600, maintainer: 'Greenroom maintainers <maintainers@greenroom.example.org>', compression: 'none', cache: packages } as const
const deb = (name: string, version: string) => join(packages, `${name}_${version}_${options.arch}.deb`)
for (const { product, version } of builds) if (!existsSync(deb(product.program.command, version))) await buildPackage(product, { ...options, version })

const table = new ProofTable()
const binds = [`${root}:/src`, `${packages}:/packages`, `${process.execPath}:/usr/local/bin/node`, ...(hasMinio ? [`${minio}:/usr/local/bin/minio`] : [])]
const began = performance.now()
const machine = await bootMachine({ base, binds })
t.teardown(() => machine[Symbol.asyncDispose]())
table.add('a Debian 12 with systemd as PID 1 boots', `${seconds(performance.now() - began)} s`)
const { sh, attempt } = machine
const encoder = machineEncoder(machine)
let load: MachineLoad
let token = ''

const install = (...files: string[]) => sh(`apt-get -qq -y install --no-install-recommends --allow-downgrades ${files.map((file) => file.replace(packages, '/packages')).join(' ')} 2>&1`)
const agentPid = async () => Number(await sh('systemctl show -P MainPID greenroom-agent'))
const served = async () => (await sh('curl -sS http://127.0.0.1/')).trim()
const ready = (unit: string) => until(`${unit} is active`, async () => (await attempt(`systemctl is-active ${unit}`)).code === 0)

interface Operation {
  readonly outcome: string
  readonly timings_ms: { readonly total: number }
}

async function call(path: string): Promise<Operation> {
  return JSON.parse(await sh(`curl -sS -X POST -H 'Authorization: Bearer ${token}' http://127.0.0.1:9440/v1/services/app/${path}`)) as Operation
}

/** Counts of the load between two moments: nothing failed, nothing was cut. */
async function unharmed(t: Test, work: () => Promise<void>): Promise<string> {
  const before = await load.counts()
  await work()
  const after = await load.counts()
  t.equal(after.failed - before.failed, 0, `no request failed: ${JSON.stringify(after.reasons)}`)
  t.equal(after.streams.cut - before.streams.cut, 0, `no stream was cut: ${JSON.stringify(after.streams.reasons)}`)
  t.ok(after.requests > before.requests, 'there was a load')
  return `${after.requests - before.requests} requests, ${after.failed - before.failed} failed, ${after.streams.cut - before.streams.cut} of ${after.streams.held} streams cut`
}

async function switches(count: number): Promise<number[]> {
  const times: number[] = []
  for (let done = 0; done < count; done += 1) {
    const { outcome, timings_ms: timings } = await call(`switch?to=${(await served()).startsWith('blue') ? 'green' : 'blue'}`)
    if (outcome !== 'succeeded') throw new Error(`a switch ended as ${outcome}`)
    times.push(timings.total)
  }
  return times
}

/** Sees to it that the encoder has work for the next minutes. */
let dropped = 0
async function keepBusy(): Promise<string> {
  const name = `work-${(dropped += 1)}`
  await encoder.drop(name, 10)
  await encoder.until(name, 'is encoded', ({ state, chunks }) => state === 'encoding' && chunks.done > 0)
  return name
}

await t.test('1. install, adopt, switch, roll back; after a reboot the same colour', LONG, async (t) => {
  await prepareHost(machine)
  await install(deb('greenroom-agent', OLD), deb('greenroom-encoder', OLD))
  token = (await sh('greenroom-agent init --defaults')).trim()
  const adopted = await sh('greenroom-agent adopt /etc/nginx/sites-enabled/app --green 127.0.0.1:3002 --health /healthz --yes')
  t.match(adopted, /^done: /m)
  // One success tells as much as three here, and the gate takes no time of what is measured.
  await sh(`sed -i 's|health = { path = "/healthz" }|health = { path = "/healthz", successes = 1 }|' /etc/greenroom/agent.toml && systemctl start greenroom-agent`)
  t.equal((await attempt('greenroom-agent doctor')).code, 0, 'doctor finds nothing to mend')
  load = await loadMachine(machine, 'http://127.0.0.1', SHAPE)
  const harm = await unharmed(t, async () => {
    t.equal((await call('switch?to=green')).outcome, 'succeeded')
    t.match(await served(), /^green/)
    t.equal((await call('rollback')).outcome, 'succeeded')
    t.match(await served(), /^blue/)
    await call('switch?to=green')
  })
  table.add('install, adopt, switch, rollback, switch', harm)
  await load.stop()

  const rebooted = performance.now()
  await machine.reboot()
  t.match(await served(), /^green/, 'green before the reboot, green after it')
  const at = async (unit: string) => Number(await sh(`systemctl show -P ActiveEnterTimestampMonotonic ${unit}`))
  t.ok((await at('greenroom-agent')) < (await at('nginx')), 'the agent was ready before Nginx served')
  t.equal(await sh('systemctl --failed --plain --no-legend'), '', 'no unit has failed')
  t.equal((await call('rollback')).outcome, 'succeeded', 'what to roll back to is known, too')
  table.add('reboot', `same colour, agent ready before Nginx, back in ${seconds(performance.now() - rebooted)} s`)
})

await t.test('privileges: two units, a verb each; ffmpeg in its fence', LONG, async (t) => {
  const asAgent = (line: string) => attempt(`setpriv --reuid greenroom-agent --regid greenroom --clear-groups ${line}`)
  t.equal((await asAgent('systemctl --no-ask-password reload nginx.service')).code, 0)
  t.equal((await asAgent('systemctl --no-ask-password start greenroom-nginx-test.service')).code, 0)
  for (const line of ['restart nginx.service', 'stop nginx.service', 'start greenroom-encoder.service', 'stop greenroom-nginx-test.service', 'daemon-reload', 'set-property nginx.service CPUWeight=1'])
    t.not((await asAgent(`systemctl --no-ask-password ${line}`)).code, 0, `the agent may not ${line}`)
  t.not((await asAgent('touch /etc/nginx/conf.d/own.conf')).code, 0)
  const pid = await agentPid()
  t.match(await sh(`cat /proc/${pid}/status`), /^CapEff:\t0+$[\s\S]*^NoNewPrivs:\t1$[\s\S]*^Seccomp:\t2$/m)
  table.add('the agent may', 'reload nginx.service, start greenroom-nginx-test.service; 6 other calls refused')

  await makeMinute(machine)
  const store = hasMinio ? await startMinio() : ''
  await sh(`greenroom-encoder init --defaults ${store}`)
  await appendFile(join(machine.root, 'etc/greenroom/encoder.toml'), '\n[profiles.default]\npreset = "ultrafast"\nchunk = "8s"\nposter = false\nstoryboard = false\n[work]\nmin_free = "20MiB"\n')
  // In the unit's own sandbox, the kernel holds both walls.
  await mkdir(join(machine.root, 'etc/systemd/system/greenroom-encoder.service.d'), { recursive: true })
  await writeFile(join(machine.root, 'etc/systemd/system/greenroom-encoder.service.d/probe.conf'), '[Service]\nExecStartPre=/usr/bin/perl /usr/lib/greenroom-encoder/encoder/encode/fence/fence.pl --probe\n')
  await sh('systemctl daemon-reload && systemctl start greenroom-encoder')
  t.match(await sh('journalctl -u greenroom-encoder -o cat --no-pager'), /^files\nnetwork$/m)
  await sh('rm -r /etc/systemd/system/greenroom-encoder.service.d && systemctl daemon-reload')
  await keepBusy()
  const [ffmpeg] = (await sh('pgrep -f "^/usr/bin/ffmpeg"')).split('\n')
  t.equal((await sh(`cat /proc/${ffmpeg}/oom_score_adj`)).trim(), '500')
  const filters = async (of: number | string) => Number(/^Seccomp_filters:\t(\d+)$/m.exec(await sh(`cat /proc/${of}/status`))?.[1])
  t.equal(await filters(ffmpeg ?? ''), (await filters(await encoder.pid())) + 1, 'ffmpeg has a filter of its own')
  t.equal((await attempt('greenroom-encoder doctor')).code, 0, 'doctor finds nothing to mend')
  table.add('the fence, in the unit’s sandbox', 'files and network both held')
})

await t.test('2. the agent is upgraded and downgraded: nothing fails, the encoder goes on', LONG, async (t) => {
  load = await loadMachine(machine, 'http://127.0.0.1', SHAPE)
  const [pid, before, agent] = [await encoder.pid(), await encoder.encoded(), await agentPid()]
  const harm = await unharmed(t, async () => {
    await install(deb('greenroom-agent', NEW))
    t.equal((await sh('greenroom-agent --version')).trim(), NEW)
    await call('switch?to=green')
    await install(deb('greenroom-agent', OLD))
    t.equal((await sh('greenroom-agent --version')).trim(), OLD)
    await call('switch?to=blue')
  })
  t.not(await agentPid(), agent)
  t.equal(await encoder.pid(), pid, 'the encoder is the same process')
  t.ok((await encoder.encoded()) > before, 'and encoded on')
  table.add('agent upgraded and back', `${harm}; encoder’s pid the same, ${Math.round((await encoder.encoded()) - before)} s of media encoded meanwhile`)
})

await t.test('3. the encoder is upgraded in the middle of a chunk: at most that chunk is encoded again', LONG, async (t) => {
  const name = 'upgraded'
  await sh('for job in $(curl -sS --unix-socket /run/greenroom-encoder/api.sock http://encoder/v1/jobs | jq -r \'.jobs[] | select(.state != "done") | .id\'); do greenroom-encoder cancel "$job" >/dev/null; done')
  await encoder.drop(name, 3)
  await encoder.until(name, 'two chunks are done', ({ chunks }) => chunks.done >= 2)
  const [agent, pid] = [await agentPid(), await encoder.pid()]
  const harm = await unharmed(t, async () => {
    await install(deb('greenroom-encoder', NEW))
    t.equal((await sh('greenroom-encoder --version')).trim(), NEW)
  })
  t.not(await encoder.pid(), pid)
  t.equal(await agentPid(), agent, 'the agent is the same process')
  const { chunks } = await encoder.until(name, 'done', ({ state }) => state === 'done')
  t.ok(chunks.encoded <= chunks.planned + 1, `${chunks.encoded} chunks encoded for ${chunks.planned}`)
  const frames = await publishedFrames(name)
  t.equal(frames, 3 * 60 * 25, 'the asset is whole')
  table.add('encoder upgraded in the middle of a chunk', `${harm}; ${chunks.planned} chunks planned, ${chunks.encoded} encoded, ${frames} of ${3 * 60 * 25} frames published`)
})

await t.test('4. switches, a deploy, reloads and a reinstalled Nginx do not touch an encode and its upload', LONG, async (t) => {
  await keepBusy()
  const [pid, agent] = [await encoder.pid(), await agentPid()]
  const restarts = await sh('systemctl show -P NRestarts greenroom-encoder')
  const alone = await rate(async () => new Promise((resolve) => setTimeout(resolve, 12_000)))
  let harm = ''
  const among = await rate(async () => {
    harm = await unharmed(t, async () => {
      await switches(50)
      const idle = (await served()).startsWith('blue') ? 'green' : 'blue'
      await sh(`sed -i s/v1/v2/ /etc/app/${idle}.env && systemctl restart app@${idle}`)
      await until('the new version answers', async () => (await attempt(`curl -fsS http://127.0.0.1:${idle === 'blue' ? 3001 : 3002}/healthz`)).code === 0)
      t.equal((await call(`switch?to=${idle}`)).outcome, 'succeeded')
      t.equal(await served(), `${idle} v2`)
    })
    await sh('systemctl reload nginx && systemctl reload nginx')
    await sh('apt-get -qq -y install --reinstall nginx nginx-common 2>&1')
    await ready('nginx')
  })
  t.match(await served(), / v2$/, 'the same colour after Nginx was installed again')
  t.equal(await encoder.pid(), pid)
  t.equal(await sh('systemctl show -P NRestarts greenroom-encoder'), restarts)
  t.equal(await agentPid(), agent)
  t.same((await encoder.jobs()).filter(({ state, blocked, error }) => state === 'failed' || blocked !== null || error !== null).map(({ asset, error }) => [asset, error]), [], 'no job has failed or waits')
  table.add('50 switches and an app deploy while it encodes and uploads', harm)
  table.add('encode throughput meanwhile (with reloads and a reinstalled Nginx, too)', `${(among / alone).toFixed(2)} of that without`)
})

await t.test('5. a busy encoder slows neither switches nor requests down', LONG, async (t) => {
  await ready('greenroom-agent')
  await load.stop()
  load = await loadMachine(machine, 'http://127.0.0.1', { connections: 4, streams: 2, pauseMs: 20 })
  await keepBusy()
  const busy = { switches: await switches(40), requests: await load.latency(1500) }
  await sh('systemctl stop greenroom-encoder')
  const idle = { switches: await switches(40), requests: await load.latency(1500) }
  await sh('systemctl start greenroom-encoder')
  for (const what of ['switches', 'requests'] as const) {
    const [with_, without] = [percentile(busy[what], 0.99), percentile(idle[what], 0.99)]
    t.ok(with_ > 0 && without > 0)
    table.add(`p99 of ${what} with a busy encoder and without`, `${with_.toFixed(1)} and ${without.toFixed(1)} ms: ratio ${(with_ / without).toFixed(2)} (p50 ${percentile(busy[what], 0.5).toFixed(1)} and ${percentile(idle[what], 0.5).toFixed(1)} ms)`)
  }
})

await t.test('6. out of memory, hung, killed, disk full: systemd brings it back, nothing is lost', LONG, async (t) => {
  const colour = await served()
  const current = (await encoder.jobs()).find(({ state }) => state === 'encoding')?.asset ?? (await keepBusy())
  await encoder.until(current, 'goes on', ({ state }) => state === 'encoding')
  const harm = await unharmed(t, async () => {
    for (const unit of ['greenroom-agent', 'greenroom-encoder']) {
      const pid = await sh(`systemctl show -P MainPID ${unit}`)
      await sh(`systemctl kill --kill-whom=main -s KILL ${unit}`)
      await until(`${unit} is back`, async () => (await attempt(`systemctl is-active ${unit}`)).code === 0 && (await sh(`systemctl show -P MainPID ${unit}`)) !== pid)
    }
    for (const unit of ['greenroom-agent', 'greenroom-encoder']) await sh(`mkdir -p /run/systemd/system/${unit}.service.d && printf '[Service]\\nWatchdogSec=3\\n' >/run/systemd/system/${unit}.service.d/fast.conf`)
    await sh('systemctl daemon-reload && systemctl restart greenroom-agent greenroom-encoder')
    await sh('kill -STOP $(systemctl show -P MainPID greenroom-agent) $(systemctl show -P MainPID greenroom-encoder)')
    for (const unit of ['greenroom-agent', 'greenroom-encoder']) await until(`${unit} was ended by the watchdog`, async () => /Watchdog timeout/.test(await sh(`journalctl -u ${unit} -o cat --no-pager -n 50`)))
    await sh('rm -r /run/systemd/system/greenroom-*.service.d && systemctl daemon-reload')
    for (const unit of ['greenroom-agent', 'greenroom-encoder']) await ready(unit)
    await sh('systemctl restart greenroom-agent greenroom-encoder')
  })
  t.equal(await served(), colour)
  const { chunks } = await encoder.until(current, 'encodes on', ({ state, chunks: { done } }) => state === 'done' || done > 0)
  table.add('kill -9 and watchdog for each daemon', `${harm}; both back by themselves, the same colour, job at ${chunks.done} of ${chunks.planned} chunks`)

  const pid = await encoder.pid()
  await keepBusy()
  const busy = (await encoder.jobs()).find(({ state }) => state === 'encoding')
  t.ok(busy)
  // Room for the daemon, and for half an ffmpeg.
  const resident = Number(/VmRSS:\s+(\d+)/.exec(await sh(`cat /proc/${pid}/status`))?.[1]) * 1024
  await sh(`systemctl set-property --runtime greenroom-encoder.service MemoryHigh=infinity MemorySwapMax=0 MemoryMax=${resident + 50 * 1024 * 1024}`)
  const killed = await encoder.until(busy!.asset, 'an attempt has failed', ({ blocked, attempt: number }) => blocked !== null || number > busy!.attempt)
  await sh('systemctl set-property --runtime greenroom-encoder.service MemoryMax=infinity')
  t.equal(await encoder.pid(), pid, 'the daemon was not ended, only ffmpeg')
  await sh('systemctl restart greenroom-encoder')
  await encoder.until(busy!.asset, 'encodes on', ({ state, chunks: { done } }) => state === 'done' || (state === 'encoding' && done > busy!.chunks.done))
  table.add('memory limit hit', `ffmpeg ended (${killed.blocked?.code ?? `attempt ${killed.attempt}`}), encoder’s pid the same, job goes on`)

  // A small disk, and one that is filled while it encodes.
  await sh('systemctl stop greenroom-encoder && mount -t tmpfs -o size=96M,mode=755 tmpfs /srv/greenroom && systemd-tmpfiles --create greenroom-encoder.conf && systemctl start greenroom-encoder')
  await encoder.drop('full', 2)
  await encoder.until('full', 'is encoded', ({ state, chunks: { done } }) => state === 'encoding' && done > 0)
  await sh('dd if=/dev/zero of=/srv/greenroom/filler bs=1M 2>/dev/null; true')
  const full = await encoder.until('full', 'waits, or is done', ({ blocked, state }) => blocked !== null || state === 'done')
  await sh('rm /srv/greenroom/filler')
  await encoder.until('full', 'done', ({ state }) => state === 'done', 180_000)
  t.equal(await publishedFrames('full'), 2 * 60 * 25)
  t.equal(await served(), colour)
  table.add('disk full', `job ${full.blocked?.code ?? full.state}, whole asset published once there was space`)
})

await t.test('7. removed and purged, the agent leaves Nginx on the last live colour', LONG, async (t) => {
  const colour = await served()
  const harm = await unharmed(t, async () => {
    await sh('apt-get -qq -y remove greenroom-agent greenroom-encoder 2>&1')
    t.equal(await served(), colour)
    await sh('apt-get -qq -y purge greenroom-agent greenroom-encoder 2>&1')
    t.equal(await served(), colour)
  })
  await sh('nginx -t && systemctl reload nginx && systemctl restart nginx')
  t.equal(await served(), colour, 'also after Nginx is started anew')
  const left = (await sh('ls -d /etc/greenroom /var/lib/greenroom-agent/* /etc/nginx/greenroom /usr/lib/greenroom* /run/greenroom* /lib/systemd/system/greenroom* /etc/systemd/system/*/greenroom* 2>/dev/null || true')).split('\n')
  t.same(left, ['/etc/nginx/greenroom', '/var/lib/greenroom-agent/routes'], 'only what Nginx reads is left')
  await load.stop()
  // The lines of the vhost taken back, nothing is in use any more.
  await install(deb('greenroom-agent', OLD))
  await sh(`rm /etc/nginx/conf.d/greenroom.conf && sed -i '/greenroom/d' /etc/nginx/sites-available/app && sed -i '/listen/a location / { proxy_pass http://app; }' /etc/nginx/sites-available/app && nginx -t && systemctl reload nginx`)
  await sh('apt-get -qq -y purge greenroom-agent 2>&1')
  t.equal((await sh('ls -d /etc/greenroom /var/lib/greenroom* /etc/nginx/greenroom 2>/dev/null || true')).trim(), '', 'a purge of what is not in use leaves nothing')
  table.add('removed and purged', `${harm}; Nginx serves ${colour}, also restarted; left: ${left.join(', ')}`)
})

table.add('all of it', `${seconds(performance.now() - began)} s`)
process.stderr.write(`\n${table.text()}\n`)

async function startMinio(): Promise<string> {
  await sh('systemd-run --unit=minio --setenv=MINIO_ROOT_USER=greenroom --setenv=MINIO_ROOT_PASSWORD=greenroom-secret /usr/local/bin/minio server --address 127.0.0.1:9000 /var/lib/minio')
  await until('MinIO is ready', async () => (await attempt('curl -fsS http://127.0.0.1:9000/minio/health/ready')).code === 0)
  const signed = "curl -fsS --aws-sigv4 aws:amz:us-east-1:s3 --user greenroom:greenroom-secret"
  await sh(`${signed} -X PUT http://127.0.0.1:9000/media`)
  const policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":["s3:GetObject"],"Resource":["arn:aws:s3:::media/*"]}]}'
  await sh(`${signed} -X PUT -d '${policy}' 'http://127.0.0.1:9000/media?policy'`)
  await sh(`mkdir -p /etc/greenroom && printf 'access_key = "greenroom"\\nsecret_key = "greenroom-secret"\\n' >/etc/greenroom/store-credentials.toml && chmod 600 /etc/greenroom/store-credentials.toml`)
  return '--store minio --endpoint http://127.0.0.1:9000 --bucket media'
}

/** Pictures of the published asset, as a player would find them. */
async function publishedFrames(asset: string): Promise<number> {
  const url = hasMinio ? `http://127.0.0.1:9000/media/${asset}/master.m3u8` : `/srv/greenroom/media/${asset}/master.m3u8`
  return Number(await sh(`ffprobe -v error -allowed_extensions ALL -select_streams v:0 -count_packets -show_entries stream=nb_read_packets -of csv=p=0 ${url} | head -n 1`))
}

/** Media seconds encoded per second while something is done. */
async function rate(work: () => Promise<void>): Promise<number> {
  const [from, at] = [await encoder.encoded(), performance.now()]
  await work()
  return ((await encoder.encoded()) - from) / ((performance.now() - at) / 1000)
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(0)
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
