import { cpus, release } from 'node:os'
import { cpuPerRequest } from './cpu.ts'
import { instant } from './instant.ts'
import { reloads } from './reloads.ts'
import { print, type Section } from './table.ts'

// npm run bench:switch [-- instant|reloads|cpu …]: what a switch costs and loses, against its goals. Exit 1 when one is missed.
const parts: Readonly<Record<string, () => Promise<Section[]>>> = { instant, reloads, cpu: async () => [await cpuPerRequest()] }
const asked = process.argv.slice(2)
process.stdout.write(`${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Linux ${release()}, Node ${process.version}\n`)

let missed = 0
for (const [name, part] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  for (const section of await part()) {
    print(section)
    missed += section.rows.filter(({ goal }) => goal?.met === false).length
  }
}
process.stdout.write(missed === 0 ? '\nAll goals met.\n' : `\n${missed} goals missed.\n`)
process.exitCode = missed === 0 ? 0 : 1
