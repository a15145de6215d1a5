import { JobError, jobErrors } from '../../job-errors.ts'

/** What people drop by mistake, by its first bytes. */
const OTHERS: readonly (readonly [name: string, begins: string, offset?: number])[] = [
  ['a ZIP archive (or a document made of one)', 'PK\x03\x04'],
  ['a gzip archive', '\x1f\x8b\x08'],
  ['a 7-Zip archive', "7z\xbc\xaf'\x1c"],
  ['a RAR archive', 'Rar!\x1a\x07'],
  ['an xz archive', '\xfd7zXZ\0'],
  ['a bzip2 archive', 'BZh'],
  ['a Zstandard archive', '\x28\xb5\x2f\xfd'],
  ['a tar archive', 'ustar', 257],
  ['a PDF document', '%PDF-'],
  ['an Office document', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'],
  ['a program', '\x7fELF'],
  ['a program', 'MZ\x90\0'],
  ['a SQLite database', 'SQLite format 3\0'],
  ['a disc image', 'CD001', 32_769],
]

/** Throws `not_media` with the name of what it is. */
export function refuseOtherFile(head: Buffer): void {
  const other = OTHERS.find(([, begins, offset = 0]) => head.toString('latin1', offset, offset + begins.length) === begins)
  if (other === undefined) return
  throw new JobError(jobErrors.notMedia, `it is ${other[0]}, not media`, 'Unpack it if the media is inside, and drop that.')
}
