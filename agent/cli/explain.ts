import type { Operation } from '../switching/operation.ts'
import type { ServiceView } from '../switching/service-view.ts'
import { ExplainedProblem, type ApiProblem } from '../../shared/cli/api-problem.ts'
import type { Again } from '../../shared/cli/cli.ts'
import type { Client } from '../../shared/cli/client.ts'
import { credentialHints } from '../../shared/cli/credential-hints.ts'
import { nearest } from '../../shared/config/nearest.ts'
import { besidesProblem, indented } from './render-operation.ts'
import type { Style } from '../../shared/cli/terminal.ts'
import { runningLine } from './words.ts'

export interface Asked {
  readonly client: Client
  readonly again: Again
  readonly service?: string
  readonly style: Style
  readonly now: Date
}

/** The operation that a problem speaks of, or null where the agent does not tell it now. */
async function operationOf({ client }: Asked, { document }: ApiProblem): Promise<Operation | null> {
  const id = document['operation']
  if (typeof id !== 'string') return null
  try {
    return (await client.call<Operation>('GET', `/v1/operations/${encodeURIComponent(id)}`)).body
  } catch {
    // The problem itself is what matters, and is told without the details of its operation.
    return null
  }
}

async function serviceNames({ client }: Asked): Promise<string[]> {
  try {
    return servicesIn((await client.call<unknown>('GET', '/v1/services')).body).map(({ name }) => name)
  } catch {
    // Only for a suggestion; the credential may not be allowed to list them.
    return []
  }
}

/** The list in the answer of `GET /v1/services`. */
export function servicesIn(body: unknown): ServiceView[] {
  return (body as { services: ServiceView[] }).services
}

/** What to type next, for what the agent’s own sentence cannot know: this command and how it reached the agent. */
async function nextOf(asked: Asked, problem: ApiProblem): Promise<string[]> {
  const { client, again, service = 'SERVICE' } = asked
  const { code, operation } = problem.document
  switch (code) {
    case 'service_unknown': {
      const names = await serviceNames(asked)
      const meant = nearest(service, names)
      if (meant !== undefined) return [`did you mean ${meant}?`]
      return names.length === 0 ? [] : [`the services are ${names.join(', ')}`]
    }
    case 'operation_in_progress':
      return typeof operation === 'string' ? [`see how it goes: ${again(`operations ${operation}`)}`] : [`see what runs: ${again(`status ${service}`)}`]
    case 'revision_mismatch':
      return [`see what changed: ${again(`operations --service ${service}`)}`]
    case 'gate_refused':
    case 'pool_live':
      return ['override it, if you know better: the same command with --force']
    case 'generated_file_edited':
    case 'foreign_edit':
      return ['undo the edit, or take it along: the same command with --force']
    case 'nginx_not_running':
      return ['start it: systemctl start nginx']
    case 'nginx_not_including':
    case 'restore_failed':
    case 'internal':
      return [`look at this host: ${again(`doctor`)}`]
    case 'operation_unknown':
      return [`the latest operations: ${again(`operations`)}`]
    default:
      return credentialHints(client.target, problem) ?? []
  }
}

/** Finds out what an operator would ask next about a problem. Never throws another error over it. */
export async function explain(problem: ApiProblem, asked: Asked): Promise<ExplainedProblem> {
  const { document } = problem
  const notes: string[] = []
  const operation = await operationOf(asked, problem)
  if (operation !== null) {
    if (document.code === 'operation_in_progress') notes.push(runningLine(operation, asked.now))
    else notes.push(...besidesProblem(operation, asked.style))
  }
  const diff = document['diff']
  if (typeof diff === 'string' && diff !== '') notes.push(...indented(diff, ''))
  return new ExplainedProblem(problem, notes, await nextOf(asked, problem))
}
