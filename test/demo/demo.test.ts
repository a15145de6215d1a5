import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, readdir, readFile } from 'node:fs/promises'
import t, { type Test } from 'tap'

const MAIN = new URL('../../demo/main.ts', import.meta.url).pathname

interface Run {
  readonly code: number | null
  readonly output: string
  readonly directory: string
}

/** Runs the demo; `seen` may react to its output so far. */
async function demo(t: Test, args: readonly string[], seen: (output: string, interrupt: () => void) => void = () => {}): Promise<Run> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  let output = ''
  let interrupted = false
  function interrupt(): void {
    if (!interrupted) child.kill('SIGINT')
    interrupted = true
  }
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      seen(output, interrupt)
    })
  }
  await once(child, 'close')
  return { code: child.exitCode, output, directory: /files +(\S+),/.exec(output)?.[1] ?? 'no directory was named' }
}

/** Processes whose command line names `text`. */
async function processesOf(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map(async (pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))) // ended meanwhile
  return lines.filter((line) => line.includes(text))
}

async function leavesNothing(t: Test, { directory }: Run): Promise<void> {
  t.match(directory, /^\/.*greenroom-nginx-/)
  await t.rejects(access(directory), { code: 'ENOENT' }, 'its directory is gone')
  t.strictSame(await processesOf(directory), [], 'no process of it is left')
}

t.test('the demo shows 20 switches, a refusal and a broken reload without a loss, stays up until Ctrl-C, and leaves nothing behind', async (t) => {
  const run = await demo(t, [], (output, interrupt) => {
    if (output.includes('Ctrl-C ends it')) interrupt()
  })
  t.equal(run.code, 0, 'exit code', { output: run.output })
  t.match(run.output, /✓ 20 switches, both ways/)
  t.match(run.output, /✓ a switch to an unhealthy green\n.*gate_refused/)
  t.match(run.output, /✓ a reload that Nginx silently drops/)
  t.match(run.output, /✓ [\d,]+ requests, 0 failed; 10 streams held, 0 cut/)
  t.match(run.output, /Meanwhile [\d,]+ requests, 0 failed/)
  await leavesNothing(t, run)
})

t.test('Ctrl-C in the middle of a scene ends it with 130, and leaves nothing behind', async (t) => {
  const run = await demo(t, ['--once'], (output, interrupt) => {
    if (output.includes('files')) interrupt()
  })
  t.equal(run.code, 130, 'exit code', { output: run.output })
  await leavesNothing(t, run)
})

t.test('an unknown option is answered with the usage', async (t) => {
  const run = await demo(t, ['--twice'])
  t.equal(run.code, 2)
  t.match(run.output, /usage: npm run demo/)
})
