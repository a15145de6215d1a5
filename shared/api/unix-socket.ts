import { chmod, chown, lstat, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { connect, type Server } from 'node:net'
import { dirname } from 'node:path'
import { messageOf, Problem, systemCodeOf, type ProblemKind } from '../errors/problem.ts'
import type { Logger } from '../log.ts'
import { apiErrors } from '../errors/api-errors.ts'

/**
 * Listens on a unix socket of mode 0660 and the given group. It gets mode and group under another name and is then
 * renamed, so that nobody can connect before. A stale socket is replaced; one that is answered on is not.
 * Answers with the function that removes it.
 */
export async function listenOnSocket(server: Server, path: string, group: string, log: Logger): Promise<() => Promise<void>> {
  const refuse = (what: string, cause?: unknown, kind: ProblemKind = apiErrors.configInvalid) =>
    new Problem(kind, `api.listen: unix:${path} ${what}`, { path }, cause)
  const present = await lstat(path).catch(() => null)
  if (present !== null && !present.isSocket()) throw refuse('is a file that is not a socket; remove it or choose another path')
  if (present !== null && (await isAnswered(path))) {
    throw refuse('is answered by another process. Stop it, or give this one a socket of its own', undefined, apiErrors.addressUnavailable)
  }
  const temporary = `${path}.${process.pid}`
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o755 })
    await rm(temporary, { force: true })
    await bind(server, temporary)
    await giveToGroup(temporary, group, log)
    await chmod(temporary, 0o660)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw refuse(`cannot be made: ${messageOf(error)}`, error)
  }
  const { ino } = await lstat(path)
  return async () => {
    // Node removes the name it bound, which the rename took away; ours goes unless another daemon's stands there.
    const now = await lstat(path).catch(() => null)
    if (now?.ino === ino) await rm(path)
  }
}

async function bind(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // Nobody but this user can connect until mode and group are set: the umask applies when the socket is made.
    const before = process.umask(0o177)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
    process.umask(before)
  })
}

async function giveToGroup(path: string, group: string, log: Logger): Promise<void> {
  const gid = await groupId(group)
  if (gid === null) {
    log.warn({ group }, 'api.socket_group does not exist: the socket belongs to this daemon’s own group')
    return
  }
  // As under a unit whose Group= it is: where the daemon may not call chown, none is needed.
  if ((await lstat(path)).gid === gid) return
  try {
    await chown(path, -1, gid)
  } catch (error) {
    // Not a member, so this user cannot give it away; it stays narrower than asked for, never wider.
    log.warn({ err: error, group }, 'the socket cannot be given to api.socket_group: the user of this daemon is not in that group')
  }
}

async function groupId(group: string): Promise<number | null> {
  const line = (await readFile('/etc/group', 'utf8')).split('\n').find((each) => each.startsWith(`${group}:`))
  const id = line?.split(':')[2]
  return id === undefined ? null : Number(id)
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    // Anything else than a refusal (no permission, a full backlog) means that somebody is there.
    socket.once('error', (error) => resolve(systemCodeOf(error) !== 'ECONNREFUSED'))
  })
}
