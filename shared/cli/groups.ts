import { readFile } from 'node:fs/promises'

/** The name of a group, or its number where /etc/group does not know it (a directory service may). */
export async function groupName(gid: number, file = '/etc/group'): Promise<string> {
  const lines = (await readFile(file, 'utf8')).split('\n')
  const line = lines.find((entry) => entry.split(':')[2] === String(gid))
  return line?.split(':')[0] ?? String(gid)
}
