import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { until } from '../../support/until.ts'

/** What a command said and how it ended. */
export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A Debian that systemd has booted, in a container with a network of its own. */
export interface Machine {
  /** Directory that is its root, seen from outside. */
  readonly root: string
  /** Runs a line of shell in it, as root; throws with what it said when it fails. */
  readonly sh: (line: string) => Promise<string>
  /** As `sh`, and answers also when it fails. */
  readonly attempt: (line: string) => Promise<Ran>
  /** Words in front of a program of this host that is to be in the machine's network. */
  readonly inNetwork: () => readonly string[]
  readonly reboot: () => Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface MachineOptions {
  readonly base: string
  /** `from:to`, read only. */
  readonly binds: readonly string[]
}

const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive', TERM: 'dumb' }
/** Of a cgroup v1: systemd may use them once they are writable; with v2 they are its own from the start. */
const CONTROLLERS = ['memory', 'cpu', 'cpuacct', 'blkio', 'pids']

/** For a step of a boot. */
const PATIENCE_MS = 90_000
/** What a machine of its own has and a container by default has not: the fence around ffmpeg is made of it. */
const ALSO_ALLOWED = 'landlock_create_ruleset landlock_add_rule landlock_restrict_self'

/** Boots a machine on a copy-on-write layer over `base`. */
export async function bootMachine({ base, binds }: MachineOptions): Promise<Machine> {
  await using starting = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'greenroom-vm.'))
  starting.defer(() => rm(directory, { recursive: true, force: true }))
  const [upper, work, root] = ['upper', 'work', 'root'].map((name) => join(directory, name)) as [string, string, string]
  for (const path of [upper, work, root]) await mkdir(path)
  const layered = await execa('mount', ['-t', 'overlay', 'overlay', '-o', `lowerdir=${base},upperdir=${upper},workdir=${work}`, root], { reject: false })
  // An overlay does not lie on another: in a container it is a copy.
  if (layered.failed) await execa('cp', ['-a', '--reflink=auto', `${base}/.`, root])
  else starting.defer(async () => void (await execa('umount', ['--lazy', root])))
  // Without it: no journal on the host, no name in its machinery, no time zone and resolver of its own.
  const settings = ['--boot', '--register=no', '--keep-unit', '--private-network', '--resolv-conf=off', '--timezone=off', '--link-journal=no', '--console=pipe', `--system-call-filter=${ALSO_ALLOWED}`]
  const words = ['--quiet', '-D', root, `--machine=greenroom-${process.pid}`, '--hostname=edge', ...settings, ...binds.map((bind) => `--bind-ro=${bind}`)]
  let container = await startContainer(words)
  starting.defer(() => container.end())
  const resources = starting.move()

  async function attempt(line: string): Promise<Ran> {
    const { exitCode, stdout, stderr, shortMessage } = await execa('nsenter', ['-t', String(container.leader), '-a', '--', '/bin/sh', '-c', line], { reject: false, stdin: 'ignore', env: ENVIRONMENT, extendEnv: false })
    return { code: exitCode ?? 255, stdout, stderr: exitCode === undefined ? `${stderr}\n${String(shortMessage)}` : stderr }
  }

  return {
    root,
    attempt,
    async sh(line) {
      const { code, stdout, stderr } = await attempt(line)
      if (code !== 0) throw new Error(`${line}\nended with ${code}:\n${stdout}\n${stderr}`)
      return stdout
    },
    inNetwork: () => ['nsenter', '-t', String(container.leader), '-n', '--'],
    async reboot() {
      await attempt('systemctl reboot')
      // It ends with the code that asks whoever runs it to start it again.
      await container.ended
      container = await startContainer(words)
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

interface Container {
  /** Pid of its init, seen from outside. */
  readonly leader: number
  readonly ended: Promise<unknown>
  end(): Promise<void>
}

/** Starts systemd-nspawn; answers once systemd has started all that is enabled. */
async function startContainer(words: readonly string[]): Promise<Container> {
  const container = spawn('systemd-nspawn', words, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [container.stdout, container.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)))
  const ended = once(container, 'exit')
  let leader = 0
  const end = async () => {
    // Its init ends with it only as long as it has not executed itself anew; with the init ends all that is inside.
    if (leader > 0 && container.exitCode === null && container.signalCode === null) process.kill(leader, 'SIGKILL')
    container.kill('SIGKILL')
    await ended
  }
  const inside = (...line: string[]) => execa('nsenter', ['-t', String(leader), '-a', '--', ...line], { reject: false, stdin: 'ignore', env: ENVIRONMENT, extendEnv: false, timeout: PATIENCE_MS })
  try {
    await until(
      'systemd answers in the machine',
      async () => {
        if (container.exitCode !== null) throw new Error(`systemd-nspawn ended with ${container.exitCode}: ${said}`)
        // A helper is its child first; the init takes its place.
        const children = (await readFile(`/proc/${container.pid}/task/${container.pid}/children`, 'utf8').catch(() => '')).trim().split(' ').map(Number)
        leader = children.find((child) => child > 0) ?? 0
        return leader > 0 && /running|degraded|starting/.test((await inside('systemctl', 'is-system-running')).stdout)
      },
      PATIENCE_MS,
      100,
    )
    const { timedOut } = await inside('systemctl', 'is-system-running', '--wait')
    if (timedOut) throw new Error(`systemd does not come to an end of its start: ${said}`)
    // systemd-nspawn hands a v1 hierarchy over read-only; the unit's limits are part of what is to be shown.
    for (const name of CONTROLLERS) await inside('mount', '-o', 'remount,rw,bind', `/sys/fs/cgroup/${name}`)
    await inside('systemctl', 'daemon-reexec')
  } catch (error) {
    await end()
    throw error
  }
  return { leader, ended, end }
}
