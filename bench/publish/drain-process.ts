import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { StoreConfig } from '../../encoder/config.ts'
import type { NewObject } from '../../encoder/publish/contract.ts'
import { NEVER, testPublisher } from '../../test/support/publisher.ts'
import { newVersion } from './files.ts'

export interface DrainScript {
  readonly work: string
  readonly config: StoreConfig
  readonly warm: readonly NewObject[]
  readonly objects: readonly NewObject[]
}

// The publisher alone, with the back-off of the daemon; told what to do by its parent.
const script = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as DrainScript
const { publisher } = await testPublisher(script.work, script.config, { backoff: { first: 500, most: 60_000, environment: 15_000 } })
publisher.begin(newVersion('warm', 'warm-1'))
publisher.add('warm-1', script.warm)
await publisher.stored('warm-1', NEVER)
process.send?.('warm')
await once(process, 'message')
publisher.begin(newVersion('film', 'film-1'))
publisher.add('film-1', script.objects)
process.send?.('added')
while (publisher.progress('film-1').stored === 0) await delay(20)
const begun = performance.now()
await publisher.stored('film-1', NEVER)
process.send?.(performance.now() - begun)
await publisher.stop()
process.exit(0)
