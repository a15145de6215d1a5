import t from 'tap'
import { parseAgentConfig } from '../../../agent/load-config.ts'
import { hindrancesOf, scopeFaults } from '../../../agent/nginx/scopes.ts'
import { parseTree } from '../../../agent/nginx/syntax/tree.ts'

const DIR = '/etc/nginx/greenroom'
const pools = (port: number) => `pools.blue.servers = ["127.0.0.1:${port}"]\npools.green.servers = ["127.0.0.1:${port + 1}"]\n`
const toml = (web = '', api = '') => `[services.web]\n${web}\n${pools(3001)}[services.api]\n${api}\n${pools(4001)}`

function faults(server: string, { http = '', web = '', api = '' } = {}): string[] {
  const config = parseAgentConfig(toml(web, api))
  return scopeFaults(config, treeOf(server, http)).map(({ service, directive, what, mend, harmful }) => `${service} ${directive} ${harmful ? 'fail' : 'warn'} ${what} | ${mend}`)
}

function treeOf(server: string, http: string) {
  const generated = ['web', 'api'].map((name) => ({ path: `${DIR}/server/${name}.conf`, text: `open_file_cache off;\ninclude ${DIR}/server/beside/${name}.conf;\n` }))
  return parseTree([{ path: '/etc/nginx/nginx.conf', text: `http {\n${http}\nserver {\n${server}\n}\n}\n` }, ...generated])
}

const web = `include ${DIR}/server/web.conf;`
const api = `include ${DIR}/server/api.conf;`
const webBeside = `include ${DIR}/server/beside/web.conf;`
const apiBeside = `include ${DIR}/server/beside/api.conf;`

t.test('one whole file in a server block, and any number beside it, is in order whatever http has on', async (t) => {
  t.same(faults(web), [])
  t.same(faults(`${apiBeside}\n${web}`, { http: 'open_file_cache max=100;' }), [])
  t.same(faults('location / { open_file_cache max=100; }'), [])
  t.same(faults(`open_file_cache off; ${webBeside} ${apiBeside}`, { http: 'open_file_cache max=100;' }), [], 'the scope may be the user’s own')
})

t.test('tests without their scope are told: as a danger, or as a delay where open_file_cache is on', async (t) => {
  t.match(faults(apiBeside), [/^api open_file_cache warn \/etc\/nginx\/nginx.conf:3: .*server\/beside\/api.conf without another service's file, so nothing there keeps .* \| include \/etc\/nginx\/greenroom\/server\/api.conf instead/])
  t.match(faults(apiBeside, { http: 'open_file_cache max=100;' }), [/^api open_file_cache fail .*is on for its tests and delays each switch of api/])
  t.match(faults(`open_file_cache max=9; ${apiBeside}`), [/^api open_file_cache fail/])
})

t.test('what Nginx would refuse is told with the mend', async (t) => {
  t.match(faults(`${web} ${api}`), [/^api open_file_cache fail .*both web and api.*\| include \S+server\/beside\/api.conf instead of \S+server\/api.conf/])
  t.match(faults(`${web}\nopen_file_cache max=10;`), [/^web open_file_cache fail .*\(line 5\).*move it into the locations/])
})

t.test('a route_cache that another service of the server block would get, too, is told', async (t) => {
  const cached = { web: 'route_cache = "2s"' }
  t.match(faults(`${web} ${apiBeside}`, cached), [/^api open_file_cache fail .*route_cache of 2s delays each switch of api.*\| give api the same route_cache, or let the block include \S+server\/api.conf and \S+server\/beside\/web.conf/])
  t.same(faults(`${api} ${webBeside}`, cached), [])
  t.same(faults(`${web} ${apiBeside}`, { ...cached, api: 'route_cache = "2s"' }), [])
})

t.test('disable_symlinks is told where it keeps the tests from the markers', async (t) => {
  for (const value of ['on', 'on from=$document_root']) t.match(faults(`${web} ${apiBeside}`, { http: `disable_symlinks ${value};` }), [/^web disable_symlinks fail .*no switch has any effect.*if_not_owner/, /^api disable_symlinks/])
  t.same(faults(`disable_symlinks if_not_owner; ${web}`, { http: 'disable_symlinks on;' }), [])
  t.same(faults('', { http: 'disable_symlinks on;' }), [])
})

t.test('hindrances are the harmful ones, for each instant service', async (t) => {
  t.same(hindrancesOf(parseAgentConfig(toml()), treeOf(apiBeside, '')), { web: [], api: [] })
  t.match(hindrancesOf(parseAgentConfig(toml()), treeOf(apiBeside, 'open_file_cache max=1;')), { web: [], api: [/delays each switch of api\. Mend: include .*reload Nginx\.$/] })
})
