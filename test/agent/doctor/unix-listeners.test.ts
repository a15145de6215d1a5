import t from 'tap'
import { checkUnixListeners } from '../../../agent/doctor/checks/unix-listeners.ts'
import type { DoctorHost } from '../../../agent/doctor/host.ts'
import { parseTree } from '../../../agent/nginx/syntax/tree.ts'

const look = async (text: string) => checkUnixListeners({ tree: parseTree([{ path: '/etc/nginx/nginx.conf', text }]) } as unknown as DoctorHost)

t.test('a listener that would keep Nginx from starting after a crash is named, with its line', async (t) => {
  t.match(await look('http {\n server { listen unix:/run/app.sock; }\n}'), [{ state: 'warn', what: /^\/etc\/nginx\/nginx\.conf:2 listens on \/run\/app\.sock/, mend: /rm \/run\/app\.sock/ }])
  t.same(await look('http { server { listen 127.0.0.1:80; listen [::]:80; } upstream a { server unix:/run/app.sock; } }'), [], 'a socket that something else listens on is none')
})
