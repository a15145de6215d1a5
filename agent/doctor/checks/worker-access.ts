import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { firstBlocked, workerCredentials, type Credentials } from '../../nginx/markers/untraversable.ts'
import { instantServices } from '../../nginx/names.ts'
import { builtIn } from '../built-in.ts'
import { fail, ok, warn } from '../../../shared/doctor/finding.ts'
import type { Check, DoctorHost } from '../host.ts'
import { mainDirectives } from '../main-directives.ts'

const CHECK = 'workers reach routes_dir'

/** Nginx takes a marker that its workers cannot reach for one that is not there, and says so only in its error log. */
export const checkWorkerAccess: Check = async (host) => {
  const { config } = host
  if (instantServices(config).length === 0) return []
  const { routes_dir: routes } = config.nginx
  const worker = (await workerCredentials(config.nginx.pid_file)) ?? (await configuredWorker(host))
  if (worker === null) return [warn(CHECK, 'the user of Nginx’s workers is not known', 'start Nginx and run doctor again')]
  let path = routes
  while (!existsSync(path)) path = dirname(path)
  const blocked = firstBlocked(path, worker)
  if (blocked !== null) return [fail(CHECK, `workers (uid ${worker.uid}) may not enter ${blocked.directory} (mode ${blocked.mode}): every switch would be without effect`, `chmod ${blocked.who}+x ${blocked.directory}`)]
  return [ok(CHECK, path === routes ? `uid ${worker.uid} may enter ${routes}` : `${routes} is made at the agent's first start; uid ${worker.uid} may enter ${path}`)]
}

/** The user of the `user` directive, as the workers of the next start would be. */
async function configuredWorker(host: DoctorHost): Promise<Credentials | null> {
  if (host.tree === null) return null
  const [name, group] = mainDirectives(host.tree, 'user')[0]?.args ?? [(await builtIn(host, 'user')) ?? 'nobody']
  const user = (await entries('/etc/passwd')).find(([entry]) => entry === name)
  if (user === undefined || name === undefined) return null
  const groups = await entries('/etc/group')
  const named = groups.find(([entry]) => entry === group)?.[2]
  const member = groups.flatMap(([, , gid, members]) => (members?.split(',').includes(name) === true ? [Number(gid)] : []))
  return { uid: Number(user[2]), groups: [Number(named ?? user[3]), ...member] }
}

async function entries(file: string): Promise<string[][]> {
  return (await readFile(file, 'utf8')).split('\n').map((line) => line.split(':'))
}
