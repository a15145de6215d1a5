import { Problem } from '../errors/problem.ts'
import { apiErrors } from '../errors/api-errors.ts'
import { boundAddress } from '../sockets/bound-address.ts'

/** A socket that systemd listens on for us (a `.socket` unit): it outlives us, and calls wait in it while we are away. */
export interface PassedSocket {
  readonly fd: number
  /** As `api.listen` writes it. */
  readonly address: string
  /** Name that the unit gives it: its own, unless FileDescriptorName= says another. */
  readonly name: string
}

/** The first descriptor after standard input, output and error (sd_listen_fds(3)). */
const FIRST = 3

/**
 * The sockets that systemd passed to process `pid`; none where it was not started by systemd, or the variables are
 * meant for another process: they are inherited by children.
 * @throws Problem `config_invalid` naming a descriptor that nobody can connect to
 */
export async function passedSockets(env: Readonly<Record<string, string | undefined>>, pid: number): Promise<PassedSocket[]> {
  if (env['LISTEN_PID'] !== String(pid)) return []
  const names = (env['LISTEN_FDNAMES'] ?? '').split(':')
  const count = Number(env['LISTEN_FDS'] ?? 0)
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const fd = FIRST + index
      const name = names[index] ?? ''
      const address = await boundAddress(fd)
      if (address === null) throw new Problem(apiErrors.configInvalid, `systemd passed descriptor ${fd} (${name}), which is no stream socket that listens: the socket unit may have ListenStream= alone, and Accept=no`, { fd, name })
      return { fd, address, name }
    }),
  )
}
