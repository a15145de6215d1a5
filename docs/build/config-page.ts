import type { TSchema } from 'typebox'
import { formats as sharedFormats, type Formats } from '../../shared/config/formats.ts'
import type { Schema } from '../../shared/config/schema.ts'

type Documented = Schema & { description?: string }

export interface ConfigFacts {
  readonly command: string
  /** `/etc/greenroom/agent.toml` */
  readonly file: string
  /** Where the schema stands: `agent/config.ts`. */
  readonly source: string
  readonly schema: TSchema
  readonly formats: Formats
  /** A whole configuration; a test loads it. */
  readonly example: string
}

/** The reference page of a configuration. */
export function configPage({ command, file, source, schema, formats, example }: ConfigFacts): string {
  const known = { ...sharedFormats, ...formats }
  return `# ${file.slice(file.lastIndexOf('/') + 1)}

<!-- Made by \`npm run docs\` from ${source}. -->

The configuration of \`${command}\`, by default \`${file}\`. \`${command} check-config\` names
every fault at once, each with its line and what to write instead. Durations are texts such as \`"250ms"\`, \`"2s"\`,
\`"1m30s"\`, \`"1h"\` or \`"7d"\`; sizes are texts such as \`"64KiB"\`, \`"500MB"\` or \`"1GiB"\`.

\`\`\`toml
${example}\`\`\`

${sections(schema, known).join('\n\n')}
`
}

/** A section for a table, and for each table inside it. */
function sections(schema: TSchema, formats: Formats, heading = '', isList = false): string[] {
  const { description, properties = {}, required = [] } = schema as Documented
  const rows: string[] = []
  const inner: string[] = []
  for (const [key, member] of Object.entries(properties) as [string, Documented][]) {
    const place = heading === '' ? key : `${heading}.${key}`
    const [entry] = Object.values(member.patternProperties ?? {}) as Documented[]
    if (member.properties !== undefined) inner.push(...sections(member, formats, place))
    else if (entry?.properties !== undefined) inner.push(...sections(entry, formats, `${place}.<name>`))
    else if (member.items?.properties !== undefined) inner.push(...sections({ description: member.description, ...member.items }, formats, place, true))
    else rows.push(row(key, member, required.includes(key), formats))
  }
  const title = heading === '' ? '## Top level' : isList ? `## \`[[${heading}]]\`` : `## \`[${heading}]\``
  const table = rows.length === 0 ? '' : `| Key | Type | Default | Example | |\n|---|---|---|---|---|\n${rows.join('\n')}`
  return [[title, description, table].filter((part) => part !== undefined && part !== '').join('\n\n'), ...inner]
}

function row(key: string, member: Documented, required: boolean, formats: Formats): string {
  const fallback = member.default === undefined ? (required ? '**required**' : 'none') : code(toml(member.default))
  return `| \`${key}\` | ${typeOf(member)} | ${fallback} | ${code(`${key} = ${toml(exampleOf(member, formats))}`)} | ${(member.description ?? '').replaceAll('|', '\\|')} |`
}

function typeOf(schema: Schema): string {
  const { minimum, maximum, format, items } = schema
  if (schema.enum !== undefined) return schema.enum.map((value) => code(toml(value))).join(' or ')
  const [entry] = Object.values(schema.patternProperties ?? {})
  if (entry !== undefined) return `table of ${typeOf(entry)}`
  if (items !== undefined) return `list of ${typeOf(items)}`
  if (schema.type === 'integer') return `whole number${minimum === undefined ? '' : maximum === undefined ? `, at least ${minimum}` : `, ${minimum} to ${maximum}`}`
  if (schema.type === 'boolean') return '`true` or `false`'
  return format === undefined ? 'text' : format.replaceAll('-', ' ')
}

function exampleOf(schema: Schema, formats: Formats): unknown {
  if (schema.examples !== undefined) return schema.examples[0]
  if (schema.default !== undefined) return schema.default
  if (schema.enum !== undefined) return schema.enum[0]
  if (schema.type === 'boolean') return true
  if (schema.items !== undefined) return [exampleOf(schema.items, formats)]
  if (schema.format !== undefined) return formats[schema.format]?.example
  return schema.minimum ?? 'text'
}

/** A value as one writes it in TOML. */
function toml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => toml(item)).join(', ')}]`
  if (typeof value === 'object' && value !== null) return `{ ${Object.entries(value).map(([key, item]) => `${key} = ${toml(item)}`).join(', ')} }`.replace('{  }', '{}')
  return JSON.stringify(value)
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``
}
