import { chmod, mkdtemp, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/**
 * Makes a temporary directory that Nginx's workers can traverse: they run as another user when the master is root,
 * and a TMPDIR of one's own (pam_tmpdir, a private /tmp of root) is closed to them.
 */
export async function traversableDirectory(prefix: string): Promise<string> {
  const base = process.getuid?.() !== 0 || (await isTraversable(tmpdir())) ? tmpdir() : '/var/tmp'
  const directory = await mkdtemp(join(base, prefix))
  await chmod(directory, 0o755)
  return directory
}

async function isTraversable(path: string): Promise<boolean> {
  if (((await stat(path)).mode & 0o001) === 0) return false
  return path === '/' || isTraversable(dirname(path))
}
