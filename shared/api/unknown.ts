import type { FastifyInstance } from 'fastify'
import { Problem } from '../errors/problem.ts'
import { apiErrors } from '../errors/api-errors.ts'
import { sendProblem } from './problems.ts'
import { pathOf } from './request.ts'

/** Tells a wrong method (405, with `Allow`) from a path that does not exist (404). Call before the routes are added. */
export function answerUnknown(app: FastifyInstance): void {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>()

  app.addHook('onRoute', ({ url, method }) => {
    const pattern = new RegExp(`^${url.replaceAll('.', '\\.').replaceAll(/:[a-z]+/g, '[^/]+').replaceAll('*', '.*')}$`)
    const route = routes.get(url) ?? { pattern, methods: new Set() }
    for (const each of [method].flat()) route.methods.add(each)
    routes.set(url, route)
  })

  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const route = routes.values().find(({ pattern }) => pattern.test(path))
    if (route === undefined) {
      return sendProblem(reply, new Problem(apiErrors.routeUnknown, `There is no ${pathOf(request)}; /openapi.json lists the calls`))
    }
    const allow = [...route.methods].toSorted().join(', ')
    reply.header('allow', allow)
    const detail = `${request.method.slice(0, 20)} is not a method of this call; it has ${allow}`
    return sendProblem(reply, new Problem(apiErrors.methodNotAllowed, detail))
  })
}
