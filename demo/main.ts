import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { LoadCounts } from './load/counts.ts'
import { startLoad } from './load/load.ts'
import { makeClip } from './media/clip.ts'
import { encodeBeside, type MediaRun } from './media/encode-beside.ts'
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

/** Plays all scenes under load, with a clip being encoded beside them; answers whether each went as promised and nothing was lost. */
async function play(stage: Stage, media: MediaRun): Promise<boolean> {
  let ok = true
  await using load = await startLoad({ url: stage.url, connections: CONNECTIONS, streams: STREAMS, pauseMs: 2 })
  for (const scene of SCENES) {
    const shown = await scene.play(stage)
    verdict(shown.ok, scene.title)
    for (const line of shown.lines) note(line)
    ok &&= shown.ok
  }
  note(`the encoder meanwhile: ${media.status()}`)
  const shown = await media.shown
  verdict(shown.ok, 'a dropped file became an asset, whatever was switched beside it')
  for (const line of shown.lines) note(line)
  return lossless(await load.stop()) && ok && shown.ok
}

/** The file that was given, or a made one. */
async function clipFor(stage: Stage, given: string | undefined): Promise<string> {
  if (given !== undefined) return given
  const file = join(stage.encoder.work, '..', 'demo.mp4')
  await makeClip(file)
  return file
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

function introduce({ nginx, agent, encoder, apps, url }: Stage): void {
  print('Greenroom: two colours of an app, Nginx, the agent; the encoder; and a load that counts every loss\n', 'bold')
  print(`    app     blue ${apps.blue.server}, green ${apps.green.server}`)
  print(`    nginx   ${url}`)
  print(`    agent   ${agent.url}`)
  print(`    encoder ${encoder.url}, watches ${encoder.ingest}`)
  print(`    load    ${CONNECTIONS} keep-alive connections, ${STREAMS} held streams`)
  print(`    files   ${nginx.root}, gone at the end\n`)
}

function invite({ agent, encoder, url }: Stage, media: MediaRun): void {
  print('\nIt stays up; try it:\n', 'bold')
  print(`    curl ${url}/`)
  print(`    curl -X POST -H 'Authorization: Bearer ${agent.token}' '${agent.url}/v1/services/app/switch?to=green'`)
  print(`    npm exec -- node agent/main.ts status --config ${agent.config}`)
  print(`    npm exec -- node encoder/main.ts add FILE --config ${encoder.config}`)
  print(`    ${media.url}   in any player, such as ffplay or Safari\n`)
  print('Ctrl-C ends it and leaves nothing behind.')
}

/** Until the interruption, with a light load whose counts are told at the end. */
async function stayUp(stage: Stage, media: MediaRun, interrupted: AbortSignal): Promise<void> {
  await using load = await startLoad({ url: stage.url, connections: 4, streams: 2, pauseMs: 50 })
  invite(stage, media)
  if (!interrupted.aborted) await once(interrupted, 'abort')
  const { requests, failed, streams } = await load.counts()
  print(`\nMeanwhile ${whole(requests)} requests, ${failed} failed; ${streams.held} streams held, ${streams.cut} cut.`)
}

function usage(): never {
  process.stderr.write('usage: npm run demo [-- [FILE] [--once]]\n  FILE    the clip to encode; without it one is made\n  --once  end after the scenes instead of staying up\n')
  process.exit(2)
}

function options(): { once: boolean; file: string | undefined } {
  try {
    const { values, positionals } = parseArgs({ options: { once: { type: 'boolean', default: false } }, allowPositionals: true })
    if (positionals.length > 1) return usage()
    return { once: values.once, file: positionals[0] === undefined ? undefined : resolve(positionals[0]) }
  } catch {
    return usage()
  }
}

async function main(): Promise<void> {
  const { once: onlyOnce, file } = options()
  if (file !== undefined && !existsSync(file)) {
    process.stderr.write(`There is no file ${file}.\n`)
    process.exit(2)
  }
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
  const run = async () => {
    const media = await encodeBeside(stage, await clipFor(stage, file))
    return { ok: await play(stage, media), media }
  }
  const played = await Promise.race([run(), interrupted]).catch((error: unknown) => {
    // Ctrl-C on a terminal reaches the apps and Nginx as well, and a scene may fail of that first.
    if (interruption.signal.aborted) return null
    throw error
  })
  process.exitCode = played === null ? INTERRUPTED : played.ok ? 0 : 1
  if (played !== null && !onlyOnce) await stayUp(stage, played.media, interruption.signal)
}

await main()
// A scene that was interrupted still waits for what was taken away under it.
process.exit()
