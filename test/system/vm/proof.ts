import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import t, { type Test } from 'tap'
import { bootMachine } from './machine.ts'
import { minioBind, minioProgram } from './minio.ts'
import { buildPackages, packagesBind } from './packages.ts'
import { agentPrivileges } from './points/agent-privileges.ts'
import { agentUpgrade } from './points/agent-upgrade.ts'
import { contention } from './points/contention.ts'
import { deploysBesideAnEncode } from './points/deploys.ts'
import { diskFull } from './points/disk-full.ts'
import { encoderFence } from './points/encoder-fence.ts'
import { encoderUpgrade } from './points/encoder-upgrade.ts'
import { heldSockets } from './points/held-sockets.ts'
import { installAndReboot } from './points/install.ts'
import { killedAndHung } from './points/killed.ts'
import { outOfMemory } from './points/out-of-memory.ts'
import { readmeLines } from './points/readme.ts'
import { removal } from './points/removal.ts'
import { Scene, seconds, SHORT, WHOLE } from './scene.ts'

// npm run test:vm [-- --short --only TEXT --packages DIRECTORY]: packages, units and daemons in a Debian that systemd has booted.
// Prints what it measured as a table. Exit 3, and why as the last line, where this machine cannot boot one.
// --only, also more than once: the points that say this, and those that all others stand on.
const { values } = parseArgs({ options: { short: { type: 'boolean', default: false }, packages: { type: 'string' }, only: { type: 'string', multiple: true }, help: { type: 'boolean', default: false } } })

interface Point {
  readonly says: string
  readonly show: (t: Test, scene: Scene) => Promise<void>
  /** Too long, or too much a matter of the machine, for `--short`. */
  readonly long?: boolean
  /** All others stand on it. */
  readonly base?: boolean
}

const POINTS: readonly Point[] = [
  { says: '1. install, adopt, switch, roll back; after a reboot the same colour', show: installAndReboot, base: true },
  { says: 'the agent may use two units, a verb each', show: agentPrivileges },
  { says: 'ffmpeg runs in its fence', show: encoderFence, base: true },
  { says: '2. the agent is upgraded and downgraded: nothing fails, the encoder goes on', show: agentUpgrade },
  { says: 'restarted, neither API refuses a call; stopped, nothing starts it', show: heldSockets },
  { says: '3. the encoder is upgraded in the middle of a chunk: at most that chunk is encoded again', show: encoderUpgrade },
  { says: '4. switches, a deploy, reloads and a reinstalled Nginx do not touch an encode and its upload', show: deploysBesideAnEncode, long: true },
  { says: '5. a busy encoder slows neither switches nor requests down', show: contention, long: true },
  { says: '6. killed or hung, both daemons come back by themselves', show: killedAndHung },
  { says: '6. out of memory, ffmpeg is ended and not the daemon', show: outOfMemory, long: true },
  { says: '6. with a full disk a job waits for space', show: diskFull, long: true },
  { says: '7. removed and purged, the agent leaves Nginx on the last live colour', show: removal },
  { says: 'the README’s lines for a bare VM do what they say', show: readmeLines },
]

if (values.help) {
  process.stdout.write(`npm run test:vm [-- --short --only TEXT --packages DIRECTORY]\n\nThe points (--only takes a part of their text, and may be given more than once):\n${POINTS.map(({ says }) => `  ${says}\n`).join('')}`)
  process.exit(0)
}

t.setTimeout(7_200_000)
const root = join(import.meta.dirname, '../../..')
const began = performance.now()
const { exitCode, stdout: base } = await execa('sh', [join(import.meta.dirname, 'base.sh')], { reject: false, stderr: 'inherit' })
if (exitCode === 3) cannot(base)
if (exitCode !== 0) throw new Error('test/system/vm/base.sh failed')

// While one works on the proof itself, packages need not be built each time: --packages names where they stay.
const packages = values.packages ?? (await mkdtemp(join(tmpdir(), 'greenroom-debs.')))
if (values.packages === undefined) t.teardown(() => rm(packages, { recursive: true }))
await buildPackages(root, packages)

const minio = minioProgram()
const binds = [`${root}:/src`, packagesBind(packages), `${process.execPath}:/usr/local/bin/node`, ...(minio === null ? [] : [minioBind(minio)])]
const booted = performance.now()
// Nothing of ours is in it yet: where it does not boot, this machine is why.
const machine = await bootMachine({ base, binds }).catch((error: Error) => cannot(`a container with systemd does not boot here: ${error.message.split('\n')[0]}`))
t.teardown(() => machine[Symbol.asyncDispose]())
const scene = new Scene(machine, values.short ? SHORT : WHOLE)
t.teardown(() => scene[Symbol.asyncDispose]())
scene.table.add('a Debian 12 with systemd as PID 1 boots', `${seconds(performance.now() - booted)} s`)

const wanted = ({ says, long, base }: Point) => {
  if (values.only !== undefined) return base === true || values.only.some((text) => says.includes(text))
  return !values.short || long !== true
}
for (const { says, show } of POINTS.filter(wanted)) {
  await t.test(says, { timeout: 1_200_000 }, (t) => show(t, scene))
  if (!t.passing()) break
}
scene.table.add('all of it', `${seconds(performance.now() - began)} s`)
process.stderr.write(`\n${scene.table.text()}\n`)

function cannot(why: string): never {
  process.stdout.write(`1..0 # SKIP ${why}\n${why}\n`)
  process.exit(3)
}
