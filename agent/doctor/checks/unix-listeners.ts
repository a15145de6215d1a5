import { warn } from '../../../shared/doctor/finding.ts'
import { walk } from '../../nginx/syntax/tree.ts'
import type { Check } from '../host.ts'

/** A unix socket of Nginx's own outlives a killed master, and then keeps Nginx from starting. */
export const checkUnixListeners: Check = async ({ tree }) => {
  if (tree === null) return []
  return [...walk(tree)].flatMap(({ directive: { name, args, line }, file }) => {
    const path = name === 'listen' ? /^unix:(.+)$/.exec(args[0] ?? '')?.[1] : undefined
    if (path === undefined) return []
    return [warn('unix listener', `${file}:${line} listens on ${path}, which stays behind when Nginx is killed: then Nginx does not start ("Address already in use")`, `listen on a port of 127.0.0.1, or have the unit remove it first: systemctl edit nginx, ExecStartPre=-/bin/rm ${path}`)]
  })
}
