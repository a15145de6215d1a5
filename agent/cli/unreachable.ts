import { stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { messageOf, Problem, systemCodeOf } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'
import { againWith } from './cli.ts'
import { groupName } from './groups.ts'
import { DEFAULT_CONFIG } from './local-config.ts'
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

const START = 'Start it with `systemctl start greenroom-agent`'

async function socketDetail(target: Target, socketPath: string, error: unknown): Promise<string> {
  const again = againWith({ config: target.config?.file ?? DEFAULT_CONFIG })
  switch (systemCodeOf(error) ?? '') {
    case 'ENOENT':
      return (
        `No agent is running: its socket ${socketPath} does not exist. ${START} (or \`${again('run')}\`), ` +
        `and see why it is not running with \`journalctl -u greenroom-agent -n 50\`. \`${again('rollback SERVICE --offline')}\` works without it.`
      )
    case 'ECONNREFUSED':
      return (
        `No agent is running: nobody answers on ${socketPath}, which an agent that died has left behind. ${START}, ` +
        `and see how it died with \`journalctl -u greenroom-agent -n 50\`. \`${again('rollback SERVICE --offline')}\` works without it.`
      )
    case 'EACCES':
    case 'EPERM': {
      const user = userName()
      const group = await groupOf(socketPath, target.config?.socketGroup ?? 'greenroom')
      const join = group === 'root' ? '' : `, or have root run \`usermod -aG ${group} ${user}\` and log in again`
      return (
        `${user} may not use the agent’s socket ${socketPath}: it is for ${group === 'root' ? 'root' : `root and the group ${group}`}. ` +
        `Run the command with sudo${join}; or use a token: --token-file FILE.`
      )
    }
    default:
      return `The agent’s socket ${socketPath} cannot be used: ${messageOf(error)}.`
  }
}

function networkDetail(target: Target, error: unknown): string {
  const host = target.url.hostname
  const code = systemCodeOf(error) ?? ''
  if (code === 'ECONNREFUSED') {
    return `Nobody listens on ${target.name}. On that host, \`systemctl status greenroom-agent\` tells whether the agent runs, and api.listen in agent.toml where it listens.`
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `The host name ${host} cannot be resolved (${code}). Check --url.`
  if (code === 'EPROTO' || code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return `${target.name} does not speak TLS as expected (${messageOf(error)}). If the agent has no [api.tls], use http:// in --url.`
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
  return new Problem(errors.unreachable, detail, { target: target.name }, error)
}

/** The connection stood, then broke: for a change nobody knows how far it came. */
export function connectionLost(target: Target, method: string, path: string, error: unknown): Problem {
  const code = systemCodeOf(error) ?? ''
  if (/CERT|SSL|TLS/.test(code)) {
    return new Problem(
      errors.unreachable,
      `The agent at ${target.name} ended the TLS connection (${code}): it may want a client certificate of its CA (--cert FILE --key FILE).`,
      { target: target.name },
      error,
    )
  }
  if (method === 'GET') {
    const hint = target.socketPath === undefined ? 'If the agent has [api.tls], use https:// in --url; else see its log.' : 'See `journalctl -u greenroom-agent -n 50`.'
    return new Problem(errors.unreachable, `The agent at ${target.name} did not answer: ${messageOf(error)}. ${hint}`, { target: target.name }, error)
  }
  const service = /^\/v1\/services\/([^/]+)/.exec(path)?.[1]
  return new Problem(
    errors.unreachable,
    `The connection to the agent at ${target.name} broke while the operation ran (${messageOf(error)}). Nobody told its outcome here: ` +
      `the agent finishes it, or finishes or restores it at its next start. See \`greenroom-agent operations${service === undefined ? '' : ` --service ${service}`}\`.`,
    { target: target.name },
    error,
  )
}

/** Something answered, but not as an agent does. */
export function notAnAgent(target: Target, found: string): Problem {
  return new Problem(errors.unreachable, `What answers at ${target.name} is not a Greenroom agent, or something stands between (${found}). Check --url.`, {
    target: target.name,
  })
}
