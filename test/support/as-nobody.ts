import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Why nothing can be run as another user here, as the reason of a skipped test; false where it can. */
export const cannotBeNobody: string | false = process.getuid?.() === 0 ? false : 'only root can become another user'

/**
 * Calls an exported function of a module (path from the root of the checkout) as the user nobody, in a process of
 * its own, and answers what it returned, or the message of what it threw. Modules are loaded before: the checkout
 * may be closed to nobody.
 */
export async function asNobody(module: string, name: string, ...args: unknown[]): Promise<unknown> {
  const url = new URL(`../../${module}`, import.meta.url).href
  const script = `
    const { ${name}: call } = await import(${JSON.stringify(url)})
    process.setgroups([]); process.setgid(65534); process.setuid(65534)
    const result = await Promise.resolve(call(...${JSON.stringify(args)})).catch((error) => error.message)
    process.stdout.write(JSON.stringify(result))`
  // Without the environment of tap, whose coverage would be written by nobody.
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env: {}, cwd: fileURLToPath(new URL('../..', import.meta.url)) })
  return JSON.parse(stdout)
}
