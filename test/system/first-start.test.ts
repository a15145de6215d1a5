import { createServer } from 'node:net'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import t from 'tap'
import { startApp } from '../../demo/app/server.ts'
import { testAgent, type TestAgent, type TestAgentOptions } from '../support/agent.ts'
import { agreement, colourServed } from '../support/agreement.ts'
import { QUICK_HEALTH, testEdgeHost } from '../support/edge-host.ts'
import { testNginx } from '../support/nginx.ts'
import { freePort } from '../support/ports.ts'

const problemsOf = async (agent: TestAgent): Promise<string[]> => (await agent.call('GET', '/readyz')).body.problems

async function twoColours(stack: AsyncDisposableStack): Promise<TestAgentOptions['services']> {
  const blue = stack.use(await startApp({ colour: 'blue', version: 'v1' }))
  const green = stack.use(await startApp({ colour: 'green', version: 'v2' }))
  return { app: { pools: { blue: { servers: [blue.server] }, green: { servers: [green.server] } }, health: QUICK_HEALTH } }
}

t.test('no Nginx is running: the agent says so, refuses changes, and is ready by itself once Nginx is started', async (t) => {
  await using stack = new AsyncDisposableStack()
  const services = await twoColours(stack)
  const port = await freePort()
  const nginx = stack.use(
    await testNginx({ http: `server { listen 127.0.0.1:${port}; include greenroom/server/app.conf; location / { proxy_pass http://$greenroom_app; } }` }),
  )
  const agent = stack.use(await testAgent({ nginx, services }))
  await agent.start()
  t.match(await agent.call('GET', '/readyz'), { status: 503, body: { ready: false, problems: [/Nginx is not running. Start it/] } })
  t.match(await agent.call('POST', '/v1/services/app/switch', { to: 'green' }), { status: 503, body: { code: 'nginx_not_running', detail: /Start it/ } })
  await nginx.start()
  t.equal(await colourServed({ url: `http://127.0.0.1:${port}` }), 'blue', 'with the files that were written for it')
  await agent.ready()
  t.match(await agent.call('POST', '/v1/services/app/switch', { to: 'green' }), { status: 200 })
})

t.test('Nginx runs without our include: readyz says which line to add where, and adding it is enough', async (t) => {
  await using stack = new AsyncDisposableStack()
  const services = await twoColours(stack)
  const port = await freePort()
  const nginx = stack.use(await testNginx({ included: false, http: `server { listen 127.0.0.1:${port}; return 204; }` }))
  const agent = stack.use(await testAgent({ nginx, services }))
  await nginx.start()
  const before = await nginx.masterPid()
  await agent.start()
  const [problem = ''] = await problemsOf(agent)
  const [, line = '', at = '', file = ''] = /Add "(include [^"]+;)" to the http block that begins at line (\d+) of (\S+)\. Then reload Nginx\./.exec(problem) ?? []
  t.equal(file, nginx.config, problem)
  t.match((await readFile(file, 'utf8')).split('\n')[Number(at) - 1], /^http \{/)
  t.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 204, 'Nginx is left alone')
  t.match(await agent.call('POST', '/v1/services/app/switch', { to: 'green' }), { status: 503, body: { code: 'nginx_not_including', detail: /http block/ } })

  const lines = (await readFile(file, 'utf8')).split('\n')
  lines.splice(Number(at), 0, line)
  await writeFile(file, lines.join('\n'))
  process.kill(before, 'SIGHUP')
  await agent.ready()
  t.equal(await nginx.masterPid(), before)
  const switched = await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
  t.match(switched, { status: 200, body: { warnings: [/No server block of Nginx sends traffic through app/] } }, 'and it is said that nobody is wired to it')
})

for (const first of ['Nginx', 'the agent']) {
  t.test(`after a reboot, ${first} first: what was journaled is served, from the routes on disk`, async (t) => {
    await using host = await testEdgeHost()
    const { agent, nginx } = host
    await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
    await agent.kill()
    await nginx.stop()
    if (first === 'Nginx') {
      await nginx.start()
      t.equal(await colourServed(host), 'green', 'Nginx needs no agent for that')
      await agent.start()
    } else {
      await agent.start()
      t.match(await problemsOf(agent), [/Nginx is not running/])
      await nginx.start()
    }
    await agent.ready()
    t.equal(await agreement(t, host), 'green')
    t.match(await agent.call('POST', '/v1/services/app/rollback'), { status: 200, body: { to: 'blue' } }, 'the rollback target is remembered too')
  })
}

t.test('the port of the generated server is held by another process: the start is refused, naming both, and Nginx is as before', async (t) => {
  await using stack = new AsyncDisposableStack()
  const services = await twoColours(stack)
  const squatter = createServer().listen(0, '127.0.0.1')
  await once(squatter, 'listening')
  t.teardown(() => squatter.close())
  const { port: taken } = squatter.address() as { port: number }
  const port = await freePort()
  const nginx = stack.use(await testNginx({ http: `server { listen 127.0.0.1:${port}; return 204; }` }))
  const agent = stack.use(await testAgent({ nginx, services, nginxKeys: { verify_listen: `127.0.0.1:${taken}` } }))
  await nginx.start()
  await t.rejects(agent.start(), { message: new RegExp(`nginx\\.verify_listen: found 127\\.0\\.0\\.1:${taken}, which is held by process ${process.pid} .*choose another`) })
  t.equal((await agent.ended()).code, 2)
  t.same(await readdir(nginx.includeDir), [], 'nothing was written that would keep Nginx from starting')
  t.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 204)

  squatter.close()
  await once(squatter, 'close')
  await agent.start()
  await agent.ready()
  t.match(await agent.call('POST', '/v1/services/app/switch', { to: 'green' }), { status: 200 })
  await agent.restart()
  t.pass('a port that Nginx itself has is no reason to refuse')
})
