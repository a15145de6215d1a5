import type { ApiDescription, DescribedCall, DescribedSchema } from '../../shared/api/description.ts'

/** A reference page of every call, made from the description that the daemon itself answers with. `shapes`: in what order they stand. */
export function apiPage({ paths, components }: ApiDescription, introduction: string, shapes: readonly string[]): string {
  const calls = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, call]) => ({ title: `${method.toUpperCase()} ${path}`, call })))
  const under = (tag: string) => calls.filter(({ call }) => call.tags.includes(tag)).flatMap(({ title, call }) => callText(title, call))
  return `${[
    introduction,
    '## Calls that look', ...under('view'),
    '## Calls that change', ...under('changes'),
    '## Open calls', ...under('open'),
    '## Shapes', ...shapes.flatMap((name) => shapeText(name, components.schemas[name] ?? {})),
  ].join('\n\n')}\n`
}

function callText(title: string, call: DescribedCall): string[] {
  const parameters = [...(call.parameters ?? []).map(({ name, in: place, schema, description }) => row(name, place, schema, description)), ...bodyRows(call)]
  return [
    `### \`${title.replaceAll(/\{(\w+)\}/g, ':$1')}\``,
    `${call.summary}.${call.description === undefined ? '' : ` ${call.description}`}`,
    call['x-roles'] === undefined ? 'Needs no credential.' : `Roles: ${call['x-roles'].join(', ')}.`,
    ...(parameters.length === 0 ? [] : [table(['name', 'in', 'type', ''], parameters)]),
    table(['status', ''], Object.entries(call.responses).map(([status, { description }]) => [status, description])),
  ]
}

function bodyRows(call: DescribedCall): string[][] {
  const schema = Object.values(call.requestBody?.content ?? {})[0]?.schema
  return Object.entries(schema?.properties ?? {}).map(([name, member]) =>
    row(schema?.required?.includes(name) === true ? `**${name}**` : name, 'body', member, member.description))
}

function shapeText(name: string, { description, properties = {} }: DescribedSchema): string[] {
  return [`### ${name}`, ...(description === undefined ? [] : [description]), table(['member', 'type', ''], Object.entries(properties).map(([name, member]) => [`\`${name}\``, typeText(member), member.description ?? '']))]
}

function row(name: string, place: string, schema: DescribedSchema, description = schema.description ?? ''): string[] {
  return [name, place, typeText(schema), description]
}

function typeText({ type, enum: values, anyOf, items, properties, const: constant, $ref: ref }: DescribedSchema): string {
  if (ref !== undefined) return ref.split('/').at(-1) ?? ref
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(', ')
  if (constant !== undefined) return `\`${JSON.stringify(constant)}\``
  if (anyOf !== undefined) return anyOf.map(typeText).join(' or ')
  if (items !== undefined) return `list of ${typeText(items)}`
  if (properties !== undefined) return `{ ${Object.entries(properties).map(([name, member]) => `${name}: ${typeText(member)}`).join('; ')} }`
  return type ?? 'any'
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
