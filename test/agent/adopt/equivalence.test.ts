import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import t from 'tap'
import { planAdoption } from '../../../agent/adopt/plan.ts'
import { AgentConfigSchema } from '../../../agent/config.ts'
import { agentFormats } from '../../../agent/config-formats.ts'
import { generationFor, pointTo } from '../../../agent/nginx/markers/generations.ts'
import { renderFiles } from '../../../agent/nginx/render/render.ts'
import { readTree } from '../../../agent/nginx/syntax/read-tree.ts'
import { parseTree } from '../../../agent/nginx/syntax/tree.ts'
import { routeTo } from '../../../agent/switching/route.ts'
import { parseConfig } from '../../../shared/config/load.ts'
import { testNginx } from '../../support/nginx.ts'
import { freePorts } from '../../support/ports.ts'

/** Sends the path as it is, without the clean-up of a URL parser. */
async function get(port: number, path: string, headers: Record<string, string> = {}): Promise<{ status: number | undefined; location: string | undefined; body: string }> {
  const call = request({ host: '127.0.0.1', port, path, headers: { Host: 'shop.example', ...headers }, agent: false }).end()
  const [response] = await once(call, 'response')
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += chunk
  return { status: response.statusCode, location: response.headers.location, body }
}

t.test('every request reaches the application as before the adoption, and every answer the client', async (t) => {
  // Tells what it was asked, and redirects to the address it was called by.
  const app = createServer((incoming, outgoing) => {
    const { host = '', ...headers } = incoming.headers
    if (incoming.url?.includes('redirect') === true) outgoing.writeHead(302, { Location: `http://${host}/v1/next?from=${host}` })
    outgoing.end(JSON.stringify({ method: incoming.method, url: incoming.url, host, headers }))
  }).listen(0, '127.0.0.1')
  await once(app, 'listening')
  t.after(() => app.close())
  const { port: appPort } = app.address() as { port: number }
  const [web, green, verify] = (await freePorts(3)) as [number, number, number]
  await using nginx = await testNginx()
  const vhost = join(nginx.root, 'shop.conf')
  await nginx.write({ http: `include ${vhost};` })
  await writeFile(
    vhost,
    `upstream shop { server 127.0.0.1:${appPort}; }
server {
  listen 127.0.0.1:${web};
  merge_slashes off;
  location / { proxy_pass http://shop; }
  location /host { proxy_pass http://shop; proxy_set_header Host $host; }
  location /api/ { proxy_pass http://shop/v1/; }
  location /strip/ { proxy_pass http://shop/; }
  location /a+b(c)/ { proxy_pass http://shop/x/; }
  location /glue { proxy_pass http://shop/glued; }
  location = /exact { proxy_pass http://shop/up; }
  location /raw/ { proxy_pass http://shop$request_uri; }
  location /rewritten { rewrite ^/rewritten/(.*) /new/$1 break; proxy_pass http://shop; }
  location ~ ^/re/\\d+ { proxy_pass http://shop; proxy_set_header X-Kept "yes"; }
  location /outer/ {
    proxy_set_header X-Outer 1;
    location /outer/inner/ { proxy_pass http://shop/in/; }
  }
}
`,
  )
  const paths = [
    '/', '/?a=1&b=%20', '/x%2Fy//z/../w', '/caf%C3%A9', '/redirect', '/host/redirect', '/api/', '/api/users?id=1', '/api/a%20b', '/api/a%3Fb?c', '/api/%0Anewline', '/api//double',
    '/api/redirect', '/strip/', '/strip/deep/er?q', '/a+b(c)/d', '/a%2Bb(c)/d', '/glue', '/glued-on', '/exact', '/exact?q=1', '/raw/a%2Fb?c', '/rewritten/a%20b?c=1', '/re/12/x', '/outer/inner/z', '/outer/inner/caf%C3%A9',
  ]
  const answers = async () => {
    const found: Record<string, unknown> = {}
    for (const path of paths) found[path] = await get(web, path)
    found['websocket'] = await get(web, '/', { Upgrade: 'x', Cookie: 'a=b' })
    return found
  }
  await nginx.start()
  const before = await answers()
  t.match(before['/api/users?id=1'], { body: /"url":"\/v1\/users\?id=1"/ })
  await nginx.stop()

  const text = `state_dir = "${nginx.root}"\n[nginx]\nconfig = "${nginx.config}"\ninclude_dir = "${nginx.includeDir}"\nroutes_dir = "${nginx.routesDir}"\nverify_listen = "127.0.0.1:${verify}"\n`
  const parse = (toml: string) => parseConfig(AgentConfigSchema, toml, 'agent.toml', { formats: agentFormats })
  const tree = parseTree(await readTree(nginx.config))
  const plan = planAdoption({ tree, vhost, config: parse(text), configFile: 'agent.toml', configText: text, version: null, listening: new Set(), options: { green: [`127.0.0.1:${green}`] }, again: (command) => command })
  for (const { path, after } of plan.nginx) await writeFile(path, after)
  const config = parse(plan.config?.after ?? '')
  const route = routeTo('blue')
  const files = renderFiles(config, [{ name: 'shop', route, pools: { blue: [`127.0.0.1:${appPort}`], green: [`127.0.0.1:${green}`] } }], 'nonce')
  for (const [name, content] of files) {
    await mkdir(dirname(join(nginx.includeDir, name)), { recursive: true })
    await writeFile(join(nginx.includeDir, name), content)
  }
  pointTo(nginx.routesDir, 'shop', await generationFor(nginx.routesDir, 'shop', route))
  await nginx.start()
  t.same(await answers(), before)
})
