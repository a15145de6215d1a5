import { cpus, release } from 'node:os'
import { drain } from './publish/drain.ts'
import { pointerSwitch } from './publish/pointer-switch.ts'
import { throughput } from './publish/throughput.ts'
import { print, type Section } from './table.ts'

// npm run bench:publish [-- throughput|switch|drain …]: what publishing to MinIO costs, against its goals. Exit 1 when one is missed.
const parts: Readonly<Record<string, () => Promise<Section>>> = { throughput, switch: pointerSwitch, drain }
const asked = process.argv.slice(2)
process.stdout.write(`${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Linux ${release()}, Node ${process.version}\n`)

let missed = 0
for (const [name, part] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const section = await part()
  print(section)
  missed += section.rows.filter(({ goal }) => goal?.met === false).length
}
process.stdout.write(missed === 0 ? '\nAll goals met.\n' : `\n${missed} goals missed.\n`)
process.exitCode = missed === 0 ? 0 : 1
