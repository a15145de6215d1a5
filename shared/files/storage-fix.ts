import { systemCodeOf } from '../errors/problem.ts'

const fixes = (noun: string): Readonly<Record<string, string>> => ({
  ENOSPC: 'free some space there (df, df -i)',
  EDQUOT: 'raise the quota, or free some space there',
  EROFS: 'the file system is mounted read-only: remount it writable, and look in the kernel log for why',
  EACCES: `let the ${noun}’s user own the directory`,
  EPERM: `let the ${noun}’s user own the directory`,
  ENOENT: `create the directory, owned by the ${noun}’s user`,
  ENOTDIR: `create the directory, owned by the ${noun}’s user`,
})

/** What to do when something could not be written, as a clause, by the system’s code of what was thrown. */
export function storageFix(thrown: unknown, noun: string): string {
  return fixes(noun)[systemCodeOf(thrown) ?? ''] ?? 'look at its file system and the kernel log'
}
