import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { pageSize } from '../../../shared/api/page-size.ts'
import { answeredAs, refusals, refusedAs } from '../../../shared/api/schemas/answers.ts'
import { ref } from '../../../shared/api/schemas/problem.ts'
import { Problem } from '../../../shared/errors/problem.ts'
import { errors } from '../../errors.ts'
import { JOB_STATES, type EncoderControl, type JobFilter, type JobState } from '../../jobs/contract.ts'
import { hasEnded } from '../../jobs/states.ts'

const Query = Type.Object(
  {
    state: Type.Optional(Type.String({ description: 'only jobs in these states, with commas between', pattern: '^[a-z,]{1,100}$' })),
    asset: Type.Optional(Type.String({ description: 'only jobs of this asset', maxLength: 1024 })),
    limit: Type.Optional(Type.String({ description: 'a whole number from 1 to 500; default 50', pattern: '^[0-9]{1,3}$' })),
    before: Type.Optional(Type.String({ description: 'the id of the last job of the page before; jobs that have not ended stand on the first page alone', pattern: '^[0-9A-Za-z]{1,64}$' })),
  },
  { additionalProperties: false },
)
const Params = Type.Object({ id: Type.String({ description: 'Id of the job.' }) })
const PriorityBody = Type.Object({ priority: Type.Integer({ description: 'higher goes first; 0 is usual', minimum: -1000, maximum: 1000 }) }, { additionalProperties: false })

const CHANGES = {
  retry: 'Runs a failed or cancelled job again, or tries a blocked one at once',
  cancel: 'Ends a job; its source goes back to where failed ones are kept, and what it made is not published',
  pause: 'Pauses a job at its next chunk; it stays paused over a restart',
  resume: 'Lets a paused job go on',
} as const

/** Looking at jobs, and changing what becomes of them. */
export function jobRoutes(control: EncoderControl): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/v1/jobs', {
      config: { permission: 'view' },
      schema: {
        operationId: 'jobs', tags: ['view'], summary: 'Jobs: the running and the waiting first, then the newest', querystring: Query,
        response: { 200: answeredAs('A page of jobs, and how many there are in each state.', Type.Object({ jobs: Type.Array(ref('Job')), counts: Type.Object(Object.fromEntries(JOB_STATES.map((state) => [state, Type.Integer()]))) })), ...refusals },
      },
    }, async (request) => {
      const { state, asset, before, limit } = request.query
      const filter: JobFilter = {
        limit: pageSize(limit),
        ...(state === undefined ? (before === undefined ? {} : { states: JOB_STATES.filter(hasEnded) }) : { states: statesOf(state) }),
        ...(asset === undefined ? {} : { asset }),
        ...(before === undefined ? {} : { before: before.toUpperCase() }),
      }
      return { jobs: control.jobs(filter), counts: control.counts() }
    })

    app.get('/v1/jobs/:id', {
      config: { permission: 'view' },
      schema: {
        operationId: 'job', tags: ['view'], summary: 'One job, with its attempts and its history', params: Params,
        response: { 200: answeredAs('The job.', ref('JobDetail')), ...refusals, 404: refusedAs('`job_unknown`.') },
      },
    }, async (request) => control.job(request.params.id))

    const response = { 200: answeredAs('The job after it.', ref('Job')), ...refusals, 404: refusedAs('`job_unknown`.'), 409: refusedAs('`job_state`: its state, and why not.') }
    for (const [change, summary] of Object.entries(CHANGES) as [keyof typeof CHANGES, string][]) {
      app.post(`/v1/jobs/:id/${change}`, {
        config: { permission: 'jobs' },
        schema: { operationId: change, tags: ['changes'], summary, params: Params, response },
      }, async (request) => control[change](request.params.id))
    }

    app.post('/v1/jobs/:id/priority', {
      config: { permission: 'jobs' },
      schema: { operationId: 'priority', tags: ['changes'], summary: 'Says how soon a job gets its turn', params: Params, body: PriorityBody, response },
    }, async (request) => control.prioritise(request.params.id, request.body.priority))
  }
}

/** @throws Problem `request_invalid` for a word that is no state */
function statesOf(text: string): JobState[] {
  return text.split(',').map((word) => {
    const state = JOB_STATES.find((each) => each === word)
    if (state === undefined) throw new Problem(errors.requestInvalid, `query.state: ${JSON.stringify(word)} is no state; there are ${JOB_STATES.join(', ')}`)
    return state
  })
}
