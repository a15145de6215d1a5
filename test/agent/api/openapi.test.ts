import { Compile } from 'typebox/compile'
import t from 'tap'
import { Type, type TSchema } from 'typebox'
import { describeApi } from '../../../agent/api/describe.ts'
import { OperationSchema } from '../../../agent/api/schemas/operation.ts'
import { ProblemSchema } from '../../../shared/api/schemas/problem.ts'
import { ServiceSchema } from '../../../agent/api/schemas/service.ts'
import { testApi } from '../../support/api.ts'

t.test('the description is the one that a running agent answers with', async (t) => {
  await using api = await testApi()
  const token = await api.token({ name: 'ci', role: 'viewer' })
  const response = await api.app.inject({ url: '/openapi.json', headers: { authorization: `Bearer ${token}` } })
  t.equal(response.statusCode, 200)
  t.strictSame(response.json(), await describeApi('0.0.0'))
})

t.test('every call is described: name, answers, and who may make it', async (t) => {
  const { paths } = await describeApi('0.0.0')
  const names = new Set<string>()
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, call] of Object.entries(methods)) {
      t.ok(call.operationId && call.summary, `${method} ${path}`)
      t.notOk(names.has(call.operationId), `${call.operationId} once`)
      names.add(call.operationId)
      t.ok(call.responses['200'], path)
      t.equal(call['x-roles'] === undefined, call.security !== undefined, `${path} names its roles, or says that it is open`)
      t.equal(call['x-roles'] === undefined, call.responses['401'] === undefined, path)
    }
  }
  t.strictSame([...names].toSorted(), ['audit', 'events', 'healthz', 'maintenance', 'metrics', 'openapi', 'operation', 'operations', 'pin', 'pool', 'readyz', 'rollback', 'service', 'services', 'switch'])
})

t.test('what is answered is of the described shape, with no member more', async (t) => {
  await using api = await testApi()
  const token = await api.token({ name: 'ci', role: 'admin' })
  const ask = async (method: 'GET' | 'POST', url: string): Promise<unknown> => (await api.app.inject({ method, url, headers: { authorization: `Bearer ${token}` } })).json()
  const closed = (schema: { properties: Record<string, TSchema> }) => Compile(Type.Object(schema.properties, { additionalProperties: false }))
  const operation = closed({ properties: { ...OperationSchema.properties, problem: Type.Null() } })
  const switched = await ask('POST', '/v1/services/app/switch?to=green')
  t.strictSame(operation.Errors(switched), [])
  t.strictSame(closed(ServiceSchema).Errors(await ask('GET', '/v1/services/app')), [])
  t.ok(Compile(ProblemSchema).Check(await ask('GET', '/v1/operations/none')))
})
