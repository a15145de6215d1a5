import { stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { basename } from 'node:path'
import { messageOf, Problem, systemCodeOf } from '../errors/problem.ts'
import { againWith } from './cli.ts'
import { groupName } from './groups.ts'
import type { Target } from './target.ts'

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A user id that no database knows, as in a container.
    return `user ${process.getuid?.() ?? '?'}`
  }
}

/** Who may use a socket: its group, or the configured one where the directory hides even that. */
async function groupOf(socketPath: string, configured: string): Promise<string> {
  try {
    return await groupName((await stat(socketPath)).gid)
  } catch {
    // The directory is closed to this user; what the configuration says is the best that can be told.
    return configured
  }
}

async function socketDetail(target: Target, socketPath: string, error: unknown): Promise<string> {
  const { program } = target
  const { noun, command, withoutDaemon } = program
  const again = againWith(program, { config: target.config?.file ?? program.configFile })
  const start = `Start it with \`systemctl start ${command}\``
  const without = withoutDaemon === undefined ? '' : ` \`${again(withoutDaemon)}\` works without it.`
  switch (systemCodeOf(error) ?? '') {
    case 'ENOENT':
      return (
        `No ${noun} is running: its socket ${socketPath} does not exist. ${start} (or \`${again('run')}\`), ` +
        `and see why it is not running with \`journalctl -u ${command} -n 50\`.${without}`
      )
    case 'ECONNREFUSED':
      return (
        `No ${noun} is running: nobody answers on ${socketPath}, which an ${noun} that died has left behind. ${start}, ` +
        `and see how it died with \`journalctl -u ${command} -n 50\`.${without}`
      )
    case 'EACCES':
    case 'EPERM': {
      const user = userName()
      const group = await groupOf(socketPath, target.config?.socketGroup ?? 'greenroom')
      const join = group === 'root' ? '' : `, or have root run \`usermod -aG ${group} ${user}\` and log in again`
      return (
        `${user} may not use the ${noun}’s socket ${socketPath}: it is for ${group === 'root' ? 'root' : `root and the group ${group}`}. ` +
        `Run the command with sudo${join}; or use a token: --token-file FILE.`
      )
    }
    default:
      return `The ${noun}’s socket ${socketPath} cannot be used: ${messageOf(error)}.`
  }
}

function networkDetail(target: Target, error: unknown): string {
  const { noun, command, configFile } = target.program
  const host = target.url.hostname
  const code = systemCodeOf(error) ?? ''
  if (code === 'ECONNREFUSED') {
    return `Nobody listens on ${target.name}. On that host, \`systemctl status ${command}\` tells whether the ${noun} runs, and api.listen in ${basename(configFile)} where it listens.`
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `The host name ${host} cannot be resolved (${code}). Check --url.`
  if (code === 'EPROTO' || code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return `${target.name} does not speak TLS as expected (${messageOf(error)}). If the ${noun} has no [api.tls], use http:// in --url.`
  }
  if (/CERT|SIGNED|ISSUER|ALTNAME|SSL/.test(code)) {
    return (
      `The TLS connection to ${target.name} was not made: ${messageOf(error)} (${code}). ` +
      'Name the CA with --ca-file FILE, and in --url a host name that stands in the certificate.'
    )
  }
  return `${target.name} cannot be reached: ${messageOf(error)}.`
}

/** Why nobody could be asked, and what to type next. */
export async function unreachable(target: Target, error: unknown): Promise<Problem> {
  const detail = target.socketPath === undefined ? networkDetail(target, error) : await socketDetail(target, target.socketPath, error)
  return new Problem(target.program.errors.unreachable, detail, { target: target.name }, error)
}

/** The connection stood, then broke: for a change nobody knows how far it came. */
export function connectionLost(target: Target, method: string, path: string, error: unknown): Problem {
  const { noun, command, errors, lostChange } = target.program
  const code = systemCodeOf(error) ?? ''
  if (/CERT|SSL|TLS/.test(code)) {
    return new Problem(
      errors.unreachable,
      `The ${noun} at ${target.name} ended the TLS connection (${code}): it may want a client certificate of its CA (--cert FILE --key FILE).`,
      { target: target.name },
      error,
    )
  }
  if (method === 'GET') {
    const hint = target.socketPath === undefined ? `If the ${noun} has [api.tls], use https:// in --url; else see its log.` : `See \`journalctl -u ${command} -n 50\`.`
    return new Problem(errors.unreachable, `The ${noun} at ${target.name} did not answer: ${messageOf(error)}. ${hint}`, { target: target.name }, error)
  }
  return new Problem(
    errors.unreachable,
    `The connection to the ${noun} at ${target.name} broke while the operation ran (${messageOf(error)}). ${lostChange(path)}`,
    { target: target.name },
    error,
  )
}

/** Something answered, but not as the daemon does. */
export function notOurs(target: Target, found: string): Problem {
  const { noun, errors } = target.program
  return new Problem(errors.unreachable, `What answers at ${target.name} is not a Greenroom ${noun}, or something stands between (${found}). Check --url.`, {
    target: target.name,
  })
}
