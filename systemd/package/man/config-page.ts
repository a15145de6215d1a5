import type { TSchema } from 'typebox'
import type { Schema } from '../../../shared/config/schema.ts'
import { heading, item, page, part, prose } from './roff.ts'

type Documented = Schema & { description?: string }

export interface ConfigManual {
  /** `agent.toml` */
  readonly name: string
  readonly command: string
  readonly schema: TSchema
  readonly date: string
}

/** Section 5 of the manual, made from the schema of the configuration. */
export function configManual({ name, command, schema, date }: ConfigManual): string {
  return page(name, 5, 'Configuration', date, [
    heading('name'),
    prose(`${name} - configuration of ${command}`),
    heading('description'),
    prose(`TOML. \`${command} check-config\` names every fault at once, each with its line and what to write instead. Durations are texts such as "250ms", "2s", "1m30s" or "7d"; sizes are texts such as "500MB" or "1GiB".`),
    heading('settings'),
    ...sections(schema, ''),
    heading('see also'),
    prose(`\`${command}\`(1)`),
  ])
}

function sections(schema: Documented, place: string): string[] {
  const rows: string[] = []
  const inner: string[] = []
  for (const [key, member] of Object.entries(schema.properties ?? {}) as [string, Documented][]) {
    const path = place === '' ? key : `${place}.${key}`
    const [entry] = Object.values(member.patternProperties ?? {}) as Documented[]
    if (member.properties !== undefined) inner.push(...sections(member, path))
    else if (entry?.properties !== undefined) inner.push(...sections(entry, `${path}.<name>`))
    else if (member.items?.properties !== undefined) inner.push(...sections({ description: member.description, ...member.items } as Documented, path))
    else rows.push(item(key, prose(`${member.description ?? ''}${fallback(member)}`)))
  }
  const title = place === '' ? [] : [part(`[${place}]`), ...(schema.description === undefined ? [] : [prose(schema.description)])]
  return [...(rows.length === 0 ? [] : [...title, ...rows]), ...inner]
}

function fallback({ default: value }: Documented): string {
  return value === undefined ? '' : ` Default: ${JSON.stringify(value)}.`
}
