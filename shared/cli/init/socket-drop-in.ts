import { isIP } from 'node:net'
import type { InitFile } from '../commands/init.ts'
import type { Program } from '../program.ts'

/**
 * Where systemd is to hold another address than the usual one over a restart: else the unit and the configuration would
 * disagree, and 0.0.0.0 not be free. Only for the configuration that the units run on.
 */
export function socketDropIn({ command, configFile, port }: Program, file: string, listen: string | undefined): InitFile[] {
  const usual = `127.0.0.1:${port}`
  const address = listen?.replace(/^localhost:/, '127.0.0.1:')
  if (file !== configFile || address === undefined || address === usual) return []
  // systemd asks no name service this early.
  if (isIP(address.slice(0, address.lastIndexOf(':')).replaceAll(/^\[|\]$/g, '')) === 0) return []
  const text = `# By "${command} init": the addresses of api.listen in ${file}.
[Socket]
ListenStream=
ListenStream=/run/${command}/api.sock
ListenStream=${address}
# An address that comes up later than this.
FreeBind=yes
`
  return [{ path: `/etc/systemd/system/${command}.socket.d/listen.conf`, text, mode: 0o644 }]
}
