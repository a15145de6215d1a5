import { realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Whether two paths mean the same file, also one that does not exist yet (/var/run is /run). */
export async function samePath(a: string, b: string): Promise<boolean> {
  if (a === b) return true
  const [one, other] = await Promise.all([real(a), real(b)])
  return one === other
}

async function real(path: string): Promise<string> {
  return realpath(path).catch(async () => join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path)))
}
