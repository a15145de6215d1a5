import { parse as parseToml } from 'smol-toml'
import t from 'tap'
import { planAdoption, type AdoptOptions, type AdoptPlan } from '../../../agent/adopt/plan.ts'
import { AdoptRefused } from '../../../agent/adopt/refusal.ts'
import { AgentConfigSchema } from '../../../agent/config.ts'
import { agentFormats } from '../../../agent/config-formats.ts'
import { parseTree } from '../../../agent/nginx/syntax/tree.ts'
import { parseConfig } from '../../../shared/config/load.ts'

const VHOST = '/etc/nginx/sites-enabled/shop'
const MAIN = 'events {}\nhttp {\n    include conf.d/*.conf;\n    include sites-enabled/*;\n}\n'

interface Setup extends AdoptOptions {
  readonly main?: string
  readonly others?: Readonly<Record<string, string>>
  readonly config?: string
  readonly listening?: readonly number[]
  readonly linked?: boolean
  readonly version?: string
}

function plan(vhost: string, { main = MAIN, others = {}, config, listening = [], linked = true, version = '1.22.1', ...options }: Setup = {}): AdoptPlan {
  const files = [{ path: '/etc/nginx/nginx.conf', text: main }, ...(linked ? [{ path: VHOST, text: vhost }] : []), ...Object.entries(others).map(([path, text]) => ({ path, text }))]
  return planAdoption({
    tree: parseTree(files),
    vhost: VHOST,
    config: parseConfig(AgentConfigSchema, config ?? '', 'agent.toml', { formats: agentFormats }),
    configFile: '/etc/greenroom/agent.toml',
    configText: config ?? null,
    options,
    again: (command) => `greenroom-agent ${command} --config /x`,
    version,
    listening: new Set(listening),
  })
}

const after = (adoption: AdoptPlan, path = VHOST) => adoption.nginx.find((change) => change.path === path)?.after

function refusal(vhost: string, setup?: Setup): string {
  try {
    plan(vhost, setup)
  } catch (error) {
    if (error instanceof AdoptRefused) return error.message
    throw error
  }
  return 'not refused'
}

const TYPICAL = `upstream shop {
    server 127.0.0.1:3001;
    keepalive 16;
}

server {
    listen 443 ssl;
    server_name shop.example;

    location / {
        proxy_pass http://shop;
        proxy_set_header Host $host;
    }

    # websockets
    location /ws {
        proxy_pass http://shop;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
    }
}
server { listen 80; return 301 https://$host$request_uri; }
`

t.test('an upstream with several locations is adopted, and only what must change changes', async (t) => {
  const adoption = plan(TYPICAL)
  t.equal(adoption.service, 'shop')
  t.equal(
    after(adoption),
    TYPICAL.replace('server {\n    listen 443', 'server {\n    include /etc/nginx/greenroom/server/shop.conf;\n    listen 443')
      .replace('proxy_pass http://shop;\n        proxy_set_header Host', 'proxy_pass http://$greenroom_shop;\n        proxy_redirect http://shop/ /;\n        proxy_set_header Host')
      .replace(
        'proxy_pass http://shop;\n        proxy_http_version',
        'proxy_pass http://$greenroom_shop;\n        proxy_set_header Host shop;\n        proxy_redirect http://shop/ /;\n        proxy_http_version',
      ),
  )
  t.match(adoption.notes.join('\n'), /sets no Host header; the one sent so far \("shop"\)/)
})

t.test('http.conf comes in by a file of its own where there is conf.d, else at the end of the http block', async (t) => {
  t.match(after(plan(TYPICAL), '/etc/nginx/conf.d/greenroom.conf'), 'include /etc/nginx/greenroom/http.conf;')
  const plain = 'http {\n    include sites-enabled/*;\n\n}\n'
  t.equal(after(plan(TYPICAL, { main: plain }), '/etc/nginx/nginx.conf'), 'http {\n    include sites-enabled/*;\n\n    include /etc/nginx/greenroom/http.conf;\n}\n')
  const present = 'http { include /etc/nginx/greenroom/*.conf; include sites-enabled/*; }'
  t.same(plan(TYPICAL, { main: present }).nginx.map(({ path }) => path), [VHOST])
})

t.test('the section for agent.toml is valid, has the upstream as blue, and says when green is assumed', async (t) => {
  const text = plan(TYPICAL).config?.after ?? ''
  const { services } = parseConfig(AgentConfigSchema, text, 'agent.toml', { formats: agentFormats })
  t.match(services['shop'], {
    strategy: 'instant',
    initial: 'blue',
    keepalive: 16,
    pools: { blue: { servers: ['127.0.0.1:3001'] }, green: { servers: ['127.0.0.1:3002'] } },
    health: { path: '/', scheme: 'http' },
  })
  t.match(text, /# Assumed/)
  const given = plan(TYPICAL, { green: ['10.0.0.2:80'], health: '/up', config: 'state_dir = "/srv/gr"\n[nginx]\nreload = "systemd" # ours\n' }).config?.after ?? ''
  t.ok(given.startsWith('state_dir = "/srv/gr"\n[nginx]\nreload = "systemd" # ours\n\n# Added'))
  t.notMatch(given, /Assumed/)
  t.match(parseToml(given), { services: { shop: { pools: { green: { servers: ['10.0.0.2:80'] } }, health: { path: '/up' } } } })
})

t.test('a server without an upstream becomes a pool without keep-alive, named after the file', async (t) => {
  const adoption = plan('server {\n  location / { proxy_pass http://127.0.0.1:3000; proxy_set_header Host $host; }\n}\n')
  t.equal(after(adoption), 'server {\n  include /etc/nginx/greenroom/server/shop.conf;\n  location / { proxy_pass http://$greenroom_shop; proxy_redirect http://127.0.0.1:3000/ /; proxy_set_header Host $host; }\n}\n')
  t.match(adoption.config?.after, /keepalive = 0\npools.blue.servers = \["127.0.0.1:3000"\]/)
})

t.test('inherited headers are written out beside the Host that is added, or they would be lost', async (t) => {
  const text = 'server {\n  proxy_set_header X-Real-IP $remote_addr;\n  proxy_redirect off;\n  location / {\n    proxy_pass http://10.0.0.1;\n  }\n}\n'
  t.match(after(plan(text, { green: ['10.0.0.2:80'] })), 'proxy_pass http://$greenroom_shop;\n    proxy_set_header X-Real-IP $remote_addr;\n    proxy_set_header Host 10.0.0.1;\n  }')
})

t.test('a URI becomes a rewrite with the same result', async (t) => {
  const text = 'server {\n  location /api/ {\n    proxy_pass http://127.0.0.1:3000/v1/;\n    proxy_set_header Host $host;\n  }\n  location = /ping {\n    proxy_pass http://127.0.0.1:3000/up;\n    proxy_set_header Host $host;\n  }\n}\n'
  const adopted = after(plan(text)) ?? ''
  t.match(adopted, '    rewrite (?s)^/api/(.*)$ /v1/$1 break;\n    proxy_pass http://$greenroom_shop;\n    proxy_redirect http://127.0.0.1:3000/v1/ /api/;')
  t.match(adopted, '    rewrite ^ /up break;\n    proxy_pass http://$greenroom_shop;\n    proxy_redirect http://127.0.0.1:3000/up /ping;')
})

const API = (settings = '') => `[services.api]\n${settings}\npools.blue.servers = ["127.0.0.1:4001"]\npools.green.servers = ["127.0.0.1:4002"]\n`
const SHARED = `server {
    include /etc/nginx/greenroom/server/api.conf;
    location / { proxy_pass http://127.0.0.1:3000; }
    location /api { proxy_pass http://$greenroom_api; }
}
server { location / { proxy_pass http://127.0.0.1:3000; } }
`
// As the agent generates it: its scope is not the user's.
const others = { '/etc/nginx/greenroom/server/api.conf': 'open_file_cache off;\ninclude /etc/nginx/greenroom/server/beside/api.conf;\n' }

t.test('a service joins the one that is in the server block already, and has its own scope elsewhere', async (t) => {
  const text = after(plan(SHARED, { config: API(), others, service: 'web' }))
  t.match(text, 'server {\n    include /etc/nginx/greenroom/server/beside/web.conf;\n    include /etc/nginx/greenroom/server/api.conf;\n')
  t.match(text, 'server { include /etc/nginx/greenroom/server/web.conf; location')
  t.match(after(plan(SHARED, { config: API(), service: 'web' })), 'server/beside/web.conf', 'also before the agent has generated the other’s file')
})

t.test('a service does not join one whose route_cache would delay its switches', async (t) => {
  t.match(refusal(SHARED, { config: API('route_cache = "2s"'), others, service: 'web' }), /shop:1: service api is in this server block, and its route_cache of 2s would delay the switches of web[^]*By hand: remove route_cache from \[services.api\]/)
})

t.test('connections to the application are kept as they were, which Nginx decides where nothing is said', async (t) => {
  const keepalive = (version: string, vhost: string) => /keepalive = (\d+)/.exec(plan(vhost, { version }).config?.after ?? '')?.[1]
  const silent = TYPICAL.replace('keepalive 16;', '')
  t.same(['1.22.1', '1.29.6', '1.29.7', '1.31.0'].map((version) => keepalive(version, silent)), ['0', '0', '32', '32'])
  t.equal(keepalive('1.29.7', TYPICAL), '16')
  t.equal(keepalive('1.29.7', 'server { location / { proxy_pass http://127.0.0.1:3000; } }'), '0', 'an address without an upstream block has no kept connections')
})

t.test('a URI that already holds variables means the same with the service’s variable', async (t) => {
  t.match(after(plan('server { location / { proxy_set_header Host $host; proxy_pass http://127.0.0.1:3000$request_uri; } }')), 'proxy_pass http://$greenroom_shop$request_uri; }')
})

t.test('TLS to the application keeps the name it asked for', async (t) => {
  const adoption = plan('upstream shop { server 127.0.0.1:3001; } server { location / { proxy_set_header Host $host; proxy_pass https://shop; } }')
  t.match(after(adoption), 'proxy_pass https://$greenroom_shop; proxy_redirect https://shop/ /; proxy_ssl_name shop;')
  t.match(adoption.config?.after, 'scheme = "https"')
})

t.test('strategy reload leaves proxy_pass alone and hands the upstream block over', async (t) => {
  const adoption = plan(TYPICAL, { strategy: 'reload', service: 'web' })
  t.ok(after(adoption)?.startsWith('# "upstream shop" is generated by greenroom-agent: /etc/nginx/greenroom/http.conf\n\nserver {'))
  t.match(after(adoption), 'proxy_pass http://shop;')
  t.match(adoption.config?.after, 'upstream = "shop"')
})

t.test('a stream upstream is adopted under strategy reload', async (t) => {
  const main = `events {}\nhttp {\n}\nstream {\n    include sites-enabled/*;\n}\n`
  const adoption = plan('upstream db {\n  server 127.0.0.1:5432;\n}\nserver { listen 6432; proxy_pass db; }\n', { main })
  t.match(after(adoption), /^# "upstream db" is generated/)
  t.match(after(adoption, '/etc/nginx/nginx.conf'), 'stream {\n    include sites-enabled/*;\n    include /etc/nginx/greenroom/stream.conf;\n}')
  const { services } = parseConfig(AgentConfigSchema, adoption.config?.after ?? '', 'agent.toml', { formats: agentFormats })
  t.match(services['db'], { strategy: 'reload', context: 'stream' })
})

t.test('a second vhost of the same upstream joins the service that is there', async (t) => {
  const config = '[services.shop]\npools.blue.servers = ["127.0.0.1:3001"]\npools.green.servers = ["127.0.0.1:3002"]\n'
  const adoption = plan(TYPICAL, { config })
  t.equal(adoption.config, null)
  t.match(refusal(TYPICAL.replace('3001', '3009'), { config }), /service shop is there already, with other servers.*\n.*--service NAME/)
})

t.test('an adopted vhost is left as it is', async (t) => {
  const config = '[services.shop]\npools.blue.servers = ["127.0.0.1:3001"]\npools.green.servers = ["127.0.0.1:3002"]\n'
  const adoption = plan(after(plan(TYPICAL)) ?? '', { config })
  t.same(adoption.nginx, [])
  t.match(adoption.notes, [/under Greenroom already, as service shop/])
})

t.test('what cannot be done safely is refused with its place and what to do by hand', async (t) => {
  const withServer = (line: string) => `upstream shop { server 127.0.0.1:3001; ${line} } server { location / { proxy_pass http://shop; } }`
  const inLocation = (line: string) => `server { location /a/ { ${line} proxy_pass http://127.0.0.1:3000/; } }`
  t.match(refusal(withServer('server 127.0.0.1:3002 backup;')), /shop:1: a pool cannot express "backup"[^]*By hand: make the backup server the other colour/)
  t.match(refusal(withServer('server 127.0.0.1:3003; least_conn;')), /uses least_conn/)
  t.match(refusal(withServer('server unix:/run/app.sock;')), /unix:\/run\/app.sock is none/)
  t.match(refusal(withServer('sticky cookie x;')), /cannot express "sticky"/)
  t.match(refusal(inLocation('rewrite ^ /x;')), /the location has "rewrite" of its own[^]*--strategy reload/)
  t.match(refusal(inLocation('proxy_set_header X-Path $uri;')), /"proxy_set_header" depends on the unchanged path/)
  t.match(refusal('server { location / { if ($a) { proxy_pass http://127.0.0.1:3000; } } }'), /inside "if" is not rewritten/)
  t.match(refusal('server { location /a { proxy_pass http://a; } location /b { proxy_pass http://b; } }'), /several targets: a, b[^]*--upstream a/)
  t.match(refusal('server { location / { proxy_pass http://$target; } }'), /has no fixed target/)
  t.match(refusal('server { location / { proxy_pass http://unix:/run/app.sock; } }'), /goes to a unix socket[^]*By hand: let the application listen on a TCP port/)
  t.match(refusal('server { location / { fastcgi_pass unix:/run/php.sock; } }'), /no server block in it has a proxy_pass/)
  t.match(refusal('server { open_file_cache max=10; location / { proxy_pass http://127.0.0.1:3000; } }'), /open_file_cache stands in the server block/)
  t.match(refusal('server { location / { proxy_set_header X $proxy_host; proxy_pass http://127.0.0.1:3000; } }'), /\$proxy_host and \$proxy_port would name/)
  t.match(refusal('server { location / { proxy_pass http://127.0.0.1:3000; } }', { listening: [3001] }), /127.0.0.1:3001 is used by something else[^]*--green HOST:PORT/)
  t.match(refusal('server { location / { proxy_pass http://127.0.0.1:3000; } }', { linked: false }), /nothing in \/etc\/nginx\/nginx.conf includes it/)
  t.match(refusal('server { include snip.conf; }', { others: { '/etc/nginx/snip.conf': 'location / { proxy_pass http://127.0.0.1:3000; }' } }), /snip.conf:1: this proxy_pass stands in an included file/)
})

t.test('what stands behind the upstream on its line does not become part of the comment that replaces it', async (t) => {
  const server = 'server { location / { proxy_pass http://shop; } }'
  const replaced = (rest: string) => after(plan(`upstream shop { server 127.0.0.1:3001; }${rest}`, { strategy: 'reload' }))?.replace(/^#.*http\.conf/, '#')
  t.equal(replaced(` ${server}`), `#\n ${server}`)
  t.equal(replaced(` # ours\r\n${server}`), `# # ours\r\n${server}`)
  t.equal(replaced(`\r\n${server}`), `#\r\n${server}`)
})

t.test('names of upstreams and schemes are compared without regard to case, and Host stays as it was written', async (t) => {
  const adoption = plan('upstream Shop { server 127.0.0.1:3001; } server { location / { proxy_pass http://shop; } location /b { proxy_pass HTTP://SHOP; } }')
  t.match(adoption.config?.after, 'pools.blue.servers = ["127.0.0.1:3001"]')
  t.match(after(adoption), /proxy_pass http:\/\/\$greenroom_shop; proxy_set_header Host shop;.*proxy_pass http:\/\/\$greenroom_shop; proxy_set_header Host SHOP;/)
})

t.test('what a deeper location or condition would inherit from the adopted one is refused', async (t) => {
  const text = (inner: string, own = '') => `upstream shop { server 127.0.0.1:3001; } server { location / { ${inner} proxy_set_header X 1; ${own} proxy_pass http://shop; } }`
  const asked = { upstream: 'shop' }
  const nested = (lines: string) => `location /admin { proxy_pass http://127.0.0.1:9; ${lines} }`
  t.match(refusal(text(nested('')), asked), /"proxy_pass http:\/\/127.0.0.1:9" stands within the location of line 1[^]*now, then adopt again: proxy_set_header X 1; proxy_set_header Host \$proxy_host; proxy_redirect default;/)
  t.match(after(plan(text(nested('proxy_set_header X 1; proxy_set_header Host $proxy_host; proxy_redirect default;')), asked)), '$greenroom_shop')
  t.match(refusal(text('if ($arg_c) { proxy_pass http://127.0.0.1:9; }'), asked), /\("if" cannot say otherwise\)/)
  t.match(after(plan(text('if ($arg_c) { proxy_pass http://127.0.0.1:9; }', 'proxy_set_header Host $host; proxy_redirect off;'), asked)), '$greenroom_shop')
  t.match(after(plan(text('location /deep { proxy_pass http://shop; }'))), /location \/deep \{ proxy_pass http:\/\/\$greenroom_shop; .*proxy_set_header Host shop;/)
})

t.test('a URI does not become a rewrite where that would be seen, or not be run', async (t) => {
  const api = 'server { location /api/ { proxy_set_header X $seen; proxy_pass http://127.0.0.1:3000/v1/; } }'
  t.match(refusal(`map $uri $kind { default 1; } map $kind $seen { default 1; } ${api}`), /"proxy_set_header" depends on the unchanged path/)
  t.match(after(plan(`map $http_x $seen { default 1; } ${api}`)), 'rewrite (?s)^/api/(.*)$ /v1/$1 break;')
  t.match(refusal('server { location /api/ { limit_except GET { deny all; } proxy_pass http://127.0.0.1:3000/v1/; } }'), /the location has "limit_except" of its own/)
  t.match(refusal(api, { main: MAIN.replace('http {', "http {\n log_format l '$uri';") }), '/etc/nginx/nginx.conf:3: with a variable', 'the place is the file that says it')
})

t.test('what else leads to the same application, or may, is told', async (t) => {
  const text = `upstream shop { server 127.0.0.1:3001; }
map $host $pool { default shop; }
server { location / { proxy_pass http://shop; } location /g { grpc_pass grpc://shop; } location /v { proxy_pass http://$pool; } }`
  const notes = plan(text).notes.join('\n')
  t.match(notes, /shop:2: a variable has the value "shop"[^]*shop:3: "grpc_pass grpc:\/\/shop" leads to shop too[^]*where "proxy_pass http:\/\/\$pool" leads/)
  t.notMatch(notes, 'no longer uses it')
  t.match(plan('server { location / { proxy_pass http://api.example.com$request_uri; } }').notes.join('\n'), 'asks the resolver for api.example.com')
})

t.test('http.conf does not come in before a map_hash_bucket_size, which Nginx would then refuse', async (t) => {
  const at = (file: string) => plan(TYPICAL, { others: { [file]: 'map_hash_bucket_size 256;\n' } }).nginx.map(({ path }) => path)
  t.same(at('/etc/nginx/conf.d/zz.conf'), ['/etc/nginx/nginx.conf', VHOST].toReversed())
  t.same(at('/etc/nginx/conf.d/a.conf'), ['/etc/nginx/conf.d/greenroom.conf', VHOST])
})

t.test('a lone server may have a weight, and a server twice has one', async (t) => {
  const shop = (servers: string) => `upstream shop { ${servers} } server { location / { proxy_pass http://shop; } }`
  t.match(plan(shop('server my_app:3001 weight=5;')).config?.after, 'pools.blue.servers = ["my_app:3001"]')
  t.match(refusal(shop('server 127.0.0.1:3001 weight=5; server 127.0.0.1:3003;')), 'cannot express "weight=5": the servers of a colour share its traffic equally')
  t.match(refusal(shop('server 127.0.0.1:3001; server 127.0.0.1:3001; server 127.0.0.1:3003;')), '127.0.0.1:3001 is there a second time')
  t.match(refusal(shop('server app.internal:80 resolve;')), /names are resolved when Nginx loads it[^]*By hand: remove "resolve", and reload Nginx when the addresses change/)
})

t.test('lines are added with the line ends that the file has', async (t) => {
  t.equal(after(plan('server {\r\n  listen 80;\r\n  location / {\r\n    proxy_pass http://127.0.0.1:3000;\r\n  }\r\n}\r\n'))?.replaceAll('\r\n', '').includes('\n'), false)
})

t.test('commands to type have the options that were given', async (t) => {
  const text = 'server { location /a { proxy_pass http://a; } location /b { proxy_pass http://b; } }'
  t.match(refusal(text), 'greenroom-agent adopt /etc/nginx/sites-enabled/shop --upstream a --service NAME --config /x')
  const config = '[services.shop]\npools.blue.servers = ["127.0.0.1:3001"]\npools.green.servers = ["127.0.0.1:3002"]\n'
  t.match(refusal(after(plan(TYPICAL)) ?? '', { config, service: 'other' }), /under Greenroom already, as service shop[^]*take that back first: greenroom-agent adopt \S+ --undo --config \/x/)
})

t.test('a vhost that is included twice is changed once', async (t) => {
  const text = 'server { listen 80; location / { proxy_pass http://127.0.0.1:3000; } }'
  t.equal(after(plan(text, { main: MAIN.replace('sites-enabled/*;', 'sites-enabled/*; include sites-enabled/shop;') })), after(plan(text)))
})
