import { readFile } from 'node:fs/promises'

/** The mount point that a path lies on, from the text of /proc/self/mountinfo. */
export function mountPointOf(path: string, mountinfo: string): string {
  let best = '/'
  for (const line of mountinfo.split('\n')) {
    // 36 35 98:0 /root /mount/point options …; space, tab, newline and backslash as octal escapes.
    const point = line.split(' ')[4]?.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    if (point !== undefined && point.length > best.length && (path === point || path.startsWith(`${point}/`))) best = point
  }
  return best
}

export async function readMounts(): Promise<string> {
  return readFile('/proc/self/mountinfo', 'utf8')
}
