import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Started } from '../switching/contract.ts'
import type { Operation } from '../switching/operation.ts'
import { sendDocument } from '../../shared/api/problems.ts'

/**
 * Answers with the operation once it ended: 200, or the problem document with the status of its problem. With
 * `Prefer: respond-async`, at once: 202, and where to look. A caller that hangs up stops nothing.
 */
export async function answerWith(started: Started, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  reply.header('location', `/v1/operations/${started.operation.id}`)
  if (started.replayed) reply.header('idempotency-replayed', 'true')
  if (prefersAsync(request.headers['prefer'])) {
    reply.header('preference-applied', 'respond-async')
    // The outcome is in the journal and in the operation; nobody waits for it here.
    started.done.catch((error: unknown) => {
      request.log.error({ err: error, operation: started.operation.id }, 'an operation ended in a way that nobody foresaw')
    })
    return reply.code(202).send(started.operation)
  }
  return answerOutcome(await started.done, reply)
}

function answerOutcome(operation: Operation, reply: FastifyReply): FastifyReply {
  if (operation.problem === null) return reply.code(200).send(operation)
  const { id, gates, warnings } = operation
  return sendDocument(reply, { ...operation.problem, operation: id, gates, warnings })
}

function prefersAsync(header: string | string[] | undefined): boolean {
  return [header ?? []].flat().some((value) => value.split(',').some((preference) => preference.trim().toLowerCase() === 'respond-async'))
}
