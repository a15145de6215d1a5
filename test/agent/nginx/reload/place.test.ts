import t from 'tap'
import { placeOf } from '../../../../agent/nginx/reload/place.ts'

const files = new Map([
  ['/etc/nginx/nginx.conf', 'http {\n  # listen 8080;\n  limit_req_zone $uri zone=one:1m rate=1r/s;\n  proxy_cache_path /a keys_zone=pages:1m;\n}\n'],
  ['/etc/nginx/site.conf', 'server {\n  listen 80;\n  listen [::]:8080;\n  listen unix:/run/app.sock;\n}\n'],
])

const CASES: readonly [message: string, file: string | null, line?: number][] = [
  ['unknown directive "x" in /etc/nginx/site.conf:7', '/etc/nginx/site.conf', 7],
  ['bind() to 0.0.0.0:80 failed (98: Address already in use)', '/etc/nginx/site.conf', 2],
  ['bind() to [::]:8080 failed (98: Address already in use)', '/etc/nginx/site.conf', 3],
  ['bind() to unix:/run/app.sock failed (98: Address already in use)', '/etc/nginx/site.conf', 4],
  ['bind() to 127.0.0.1:8 failed (98: Address already in use)', null],
  ['limit_req "one" uses the "$uri" key while previously it used the "$binary_remote_addr" key', '/etc/nginx/nginx.conf', 3],
  ['cache "pages" uses the "/a" cache path while previously it used the "/b" cache path', '/etc/nginx/nginx.conf', 4],
  ['could not open something', null],
]

for (const [message, file, line] of CASES) {
  t.test(`${message}: ${file ?? 'no place'}`, async (t) => {
    t.same(placeOf(message, files), file === null ? null : { file, line })
  })
}
