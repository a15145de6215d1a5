import { once } from 'node:events'
import { parseArgs } from 'node:util'
import type { LoadCounts } from './load/counts.ts'
import { startLoad } from './load/load.ts'
import { note, print, verdict, whole } from './print.ts'
import { brokenReload } from './scenes/broken-reload.ts'
import type { Scene } from './scenes/scene.ts'
import { switches } from './scenes/switches.ts'
import { unhealthyTarget } from './scenes/unhealthy-target.ts'
import { raiseStage, type Stage } from './stage.ts'

const SCENES: readonly Scene[] = [switches, unhealthyTarget, brokenReload]
const CONNECTIONS = 50
const STREAMS = 10
const INTERRUPTED = 130

/** Plays all scenes under load; answers whether each went as promised and nothing was lost. */
async function play(stage: Stage): Promise<boolean> {
  let ok = true
  await using load = await startLoad({ url: stage.url, connections: CONNECTIONS, streams: STREAMS, pauseMs: 2 })
  for (const scene of SCENES) {
    const shown = await scene.play(stage)
    verdict(shown.ok, scene.title)
    for (const line of shown.lines) note(line)
    ok &&= shown.ok
  }
  return lossless(await load.stop()) && ok
}

function lossless(counts: LoadCounts): boolean {
  const { requests, failed, reasons, byColour, streams } = counts
  const ok = failed === 0 && streams.cut === 0
  print()
  verdict(ok, `${whole(requests)} requests, ${failed} failed; ${streams.held} streams held, ${streams.cut} cut`)
  note(
    `blue answered ${whole(byColour.blue)}, green ${whole(byColour.green)}, the slowest after ${counts.slowest_ms.toFixed(0)} ms; ` +
      `${whole(streams.bytes / 1024)} KiB streamed, every byte compared`,
  )
  for (const [reason, count] of [...Object.entries(reasons), ...Object.entries(streams.reasons)]) print(`    ${count} × ${reason}`, 'red')
  return ok
}

function introduce({ nginx, agent, apps, url }: Stage): void {
  print('Greenroom: two colours of an app, Nginx, the agent; and a load that counts every loss\n', 'bold')
  print(`    app     blue ${apps.blue.server}, green ${apps.green.server}`)
  print(`    nginx   ${url}`)
  print(`    agent   ${agent.url}`)
  print(`    load    ${CONNECTIONS} keep-alive connections, ${STREAMS} held streams`)
  print(`    files   ${nginx.root}, gone at the end\n`)
}

function invite({ agent, url }: Stage): void {
  print('\nIt stays up; try it:\n', 'bold')
  print(`    curl ${url}/`)
  print(`    curl -X POST -H 'Authorization: Bearer ${agent.token}' '${agent.url}/v1/services/app/switch?to=green'`)
  print(`    npm exec -- node agent/main.ts status --config ${agent.config}\n`)
  print('Ctrl-C ends it and leaves nothing behind.')
}

/** Until the interruption, with a light load whose counts are told at the end. */
async function stayUp(stage: Stage, interrupted: AbortSignal): Promise<void> {
  await using load = await startLoad({ url: stage.url, connections: 4, streams: 2, pauseMs: 50 })
  invite(stage)
  if (!interrupted.aborted) await once(interrupted, 'abort')
  const { requests, failed, streams } = await load.counts()
  print(`\nMeanwhile ${whole(requests)} requests, ${failed} failed; ${streams.held} streams held, ${streams.cut} cut.`)
}

function usage(): never {
  process.stderr.write('usage: npm run demo [-- --once]\n  --once  end after the scenes instead of staying up\n')
  process.exit(2)
}

function options(): { once: boolean } {
  try {
    return { once: parseArgs({ options: { once: { type: 'boolean', default: false } } }).values.once }
  } catch {
    return usage()
  }
}

async function main(): Promise<void> {
  const { once: onlyOnce } = options()
  const interruption = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (interruption.signal.aborted) process.exit(INTERRUPTED)
      interruption.abort()
    })
  }
  const interrupted = once(interruption.signal, 'abort').then(() => null)

  await using stage = await raiseStage()
  introduce(stage)
  const ok = await Promise.race([play(stage), interrupted]).catch((error: unknown) => {
    // Ctrl-C on a terminal reaches the apps and Nginx as well, and a scene may fail of that first.
    if (interruption.signal.aborted) return null
    throw error
  })
  process.exitCode = ok === null ? INTERRUPTED : ok ? 0 : 1
  if (ok !== null && !onlyOnce) await stayUp(stage, interruption.signal)
}

await main()
// A scene that was interrupted still waits for what was taken away under it.
process.exit()
