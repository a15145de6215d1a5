import { cpus, release } from 'node:os'
import { cost } from './encode/cost.ts'
import { killed } from './encode/killed.ts'
import { benchOptions, type BenchOptions } from './encode/options.ts'
import { playable } from './encode/playable.ts'
import { quality } from './encode/quality.ts'
import { benchIntake } from './intake.ts'
import { print, type Section } from './table.ts'

// npm run bench:encode [-- --only cpu,quality,playable,kill,intake --seconds 60 --long-seconds 600 --repeats 3]: what encoding costs,
// against its goals. Exit 1 when one is missed.
const parts: Readonly<Record<string, (options: BenchOptions) => Promise<Section[]>>> = { cpu: cost, quality, playable, kill: killed, intake: benchIntake }
const options = benchOptions(process.argv.slice(2))
const unknown = options.only.filter((name) => parts[name] === undefined)
if (unknown.length > 0) {
  process.stderr.write(`There is no part ${unknown.join(', ')}: there are ${Object.keys(parts).join(', ')}.\n`)
  process.exit(2)
}
process.stdout.write(`${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Linux ${release()}, Node ${process.version}\n`)

let missed = 0
for (const [name, part] of Object.entries(parts)) {
  if (options.only.length > 0 && !options.only.includes(name)) continue
  for (const section of await part(options)) {
    print(section)
    missed += section.rows.filter(({ goal }) => goal?.met === false).length
  }
}
process.stdout.write(missed === 0 ? '\nAll goals met.\n' : `\n${missed} goals missed.\n`)
process.exitCode = missed === 0 ? 0 : 1
