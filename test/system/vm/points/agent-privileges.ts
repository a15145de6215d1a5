import type { Test } from 'tap'
import type { Scene } from '../scene.ts'

const REFUSED = [
  'restart nginx.service',
  'stop nginx.service',
  'start greenroom-encoder.service',
  'stop greenroom-nginx-test.service',
  'daemon-reload',
  'set-property nginx.service CPUWeight=1',
]

/** The agent may use two units, a verb each, and writes nothing of Nginx's but its own directory. */
export async function agentPrivileges(t: Test, scene: Scene): Promise<void> {
  const { sh, attempt } = scene.machine
  const asAgent = (line: string) => attempt(`setpriv --reuid greenroom-agent --regid greenroom --clear-groups ${line}`)
  t.equal((await asAgent('systemctl --no-ask-password reload nginx.service')).code, 0)
  t.equal((await asAgent('systemctl --no-ask-password start greenroom-nginx-test.service')).code, 0)
  for (const line of REFUSED) t.not((await asAgent(`systemctl --no-ask-password ${line}`)).code, 0, `the agent may not ${line}`)
  t.not((await asAgent('touch /etc/nginx/conf.d/own.conf')).code, 0)
  t.match(await sh(`cat /proc/${await scene.pid('greenroom-agent')}/status`), /^CapEff:\t0+$[\s\S]*^NoNewPrivs:\t1$[\s\S]*^Seccomp:\t2$/m)
  scene.table.add('the agent may', `reload nginx.service, start greenroom-nginx-test.service; ${REFUSED.length} other calls refused`)
}
