import t from 'tap'
import { findPasses } from '../../../agent/adopt/find-passes.ts'
import { samplesFor } from '../../../agent/adopt/samples.ts'
import { worseThan } from '../../../agent/adopt/ask-sample.ts'
import { parseTree } from '../../../agent/nginx/syntax/tree.ts'

function samples(server: string) {
  const tree = parseTree([{ path: '/n', text: `http { ${server} }` }])
  return samplesFor(tree, findPasses(tree).passes)
}
const pass = 'proxy_pass http://a;'

t.test('a server block is asked on its first listener that can be, by its own name', async (t) => {
  t.same(samples(`server { listen unix:/x; listen [::]:443 ssl; server_name *.b ~^c shop.example; location / { ${pass} } }`), [{ tls: true, address: '::1', port: 443, host: 'shop.example', path: '/' }])
  t.same(samples(`server { listen *:8080 default_server; location = /x { ${pass} } location /long/er { ${pass} } }`), [{ tls: false, address: '127.0.0.1', port: 8080, host: 'localhost', path: '/x' }])
  t.same(samples(`server { listen 10.0.0.1; location ^~ /a { ${pass} } }`), [{ tls: false, address: '10.0.0.1', port: 80, host: 'localhost', path: '/a' }])
  t.same(samples(`server { location / { ${pass} } }`), [{ tls: false, address: '127.0.0.1', port: 80, host: 'localhost', path: '/' }])
})

t.test('what cannot be asked from here is not asked', async (t) => {
  t.same(samples(`server { listen unix:/x; location / { ${pass} } }`), [])
  t.same(samples(`server { listen 80 proxy_protocol; location / { ${pass} } }`), [])
  t.same(samples(`server { listen 80; location ~ ^/x { ${pass} } }`), [])
})

t.test('only an answer that became an error is worse', async (t) => {
  const sample = { tls: false, address: '::1', port: 80, host: 'h', path: '/' }
  t.equal(worseThan(sample, 200, 404), null)
  t.equal(worseThan(sample, 502, 502), null)
  t.equal(worseThan(sample, null, null), null)
  t.match(worseThan(sample, 200, 500), 'http://[::1]:80/ (Host: h) answered 200 before the change and 500 after it')
  t.match(worseThan(sample, 302, null), 'nothing after it')
})
