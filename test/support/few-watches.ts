import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { testIntake } from './intake.ts'

// Run where inotify's limit is lower than the folders of the ingest folder: tells how intake fares, as JSON.
const [, , directory = ''] = process.argv
await using host = await testIntake(directory)
const { promise, resolve } = Promise.withResolvers<void>()
const look = () => host.intake.problem() !== null && resolve()
host.intake.subscribe(look)
look()
await promise
await writeFile(join(host.ingest, 'b/film.mp4'), 'media')
const [source] = await host.ledger.until(1)
process.stdout.write(JSON.stringify({ problem: host.intake.problem(), found: source?.name, log: host.log }))
