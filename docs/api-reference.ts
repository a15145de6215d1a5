import { describeApi } from '../agent/api/describe.ts'
import type { DescribedCall, DescribedSchema } from '../shared/api/description.ts'

/** docs/reference/api.md: every call, made from the description that the agent itself answers with. */
export async function apiReference(): Promise<string> {
  const { paths, components } = await describeApi('')
  const calls = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, call]) => ({ title: `${method.toUpperCase()} ${path}`, call })))
  const under = (tag: string) => calls.filter(({ call }) => call.tags.includes(tag)).flatMap(({ title, call }) => callText(title, call))
  return `${[
    INTRODUCTION,
    '## Calls that look', ...under('view'),
    '## Calls that change', ...under('changes'),
    '## Open calls', ...under('open'),
    '## Shapes', ...SHAPES.flatMap((name) => shapeText(name, components.schemas[name] ?? {})),
  ].join('\n\n')}\n`
}

const SHAPES = ['Service', 'Operation', 'Problem', 'AuditEntry']

const INTRODUCTION = `<!-- Made by docs/build.ts from the routes in agent/api/. Do not edit: run "npm run docs". -->

# The HTTP API of the agent

JSON in and out, \`snake_case\`, times in RFC 3339 UTC, durations in ms. The agent describes itself at \`/openapi.json\` (OpenAPI 3.1). Credentials: [credentials.md](credentials.md). Errors are problem documents of RFC 9457 (\`application/problem+json\`) with a stable \`code\`: [errors.md](errors.md).

\`\`\`sh
curl -H @header -X POST 'http://127.0.0.1:9440/v1/services/app/switch?to=green&reason=release+42'
curl --unix-socket /run/greenroom-agent/api.sock -X POST http://agent/v1/services/app/rollback
\`\`\`

What every change has in common:

- It is answered when Nginx has proven it: 200 with the operation. What was refused or failed is answered with the problem; its \`operation\` is the id, and \`Location\` the place, of the operation. A caller that hangs up stops nothing.
- \`Prefer: respond-async\` answers at once: 202 with the operation as it begins.
- \`Idempotency-Key\` (1 to 128 visible characters): the same call again answers with the first operation and \`Idempotency-Replayed: true\`; another call with the same key is refused. Keys of different credentials do not meet.
- \`If-Match: "17"\`, the ETag of the service: refused with 412 when the service changed since.
- Unknown members are refused, and so is a member that is given twice: a misspelt \`dry_run\` must not switch.

Limits: body 64 KiB, request line and headers 16 KiB, 10 s for the headers, 30 s for the request.`

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
