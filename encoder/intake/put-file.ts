import { randomBytes } from 'node:crypto'
import { chmod, chown, open, stat, unlink } from 'node:fs/promises'
import { alreadyThere } from './add-checks.ts'
import { copyAcross } from './copy-across.ts'
import { printAt, removeIfThere, sync } from './disk.ts'
import { joinBytes, nameOf, parentOf, type PathBytes } from './path-bytes.ts'
import { placeFile } from './place.ts'
import { samePrint } from './print.ts'

export interface PutOptions {
  readonly how: 'move' | 'copy'
  /** Bytes so far, and of all. */
  readonly onProgress?: (bytes: number, size: number) => void
  readonly signal?: AbortSignal
}

/** Puts a file into a folder under its own name, whole or not at all. Throws `already_in_ingest` where the name is taken. */
export async function putFile(from: PathBytes, folder: PathBytes, { how, onProgress, signal }: PutOptions): Promise<PathBytes> {
  const to = joinBytes(folder, nameOf(from))
  const size = Number((await printAt(from))?.size ?? 0n)
  onProgress?.(0, size)
  if (how === 'move' && (await stat(folder)).dev === (await stat(from)).dev) {
    await sync(from)
    await giveToOwner(folder, from)
    if (!(await placeFile(from, to, { temporary: temporaryName() }))) throw alreadyThere(to)
  } else {
    const options = { ...(onProgress === undefined ? {} : { onProgress: (bytes: number) => onProgress(Math.min(bytes, size), size) }), ...(signal === undefined ? {} : { signal }) }
    const before = await withTemporary(folder, to, async (whole) => copyAcross(from, joinBytes(folder, `.${temporaryName()}.part`), whole, options))
    const now = how === 'move' ? await printAt(from) : undefined
    if (now !== undefined && samePrint(now, before)) await unlink(from)
  }
  onProgress?.(size, size)
  return to
}

/** The same for a text. */
export async function putText(text: string, to: PathBytes): Promise<void> {
  await withTemporary(parentOf(to), to, async (whole) => {
    const file = await open(whole, 'wx', 0o644)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
  })
}

/** Fills a file under a dotted name and gives it its own when it is whole. */
async function withTemporary<T>(folder: PathBytes, to: PathBytes, fill: (whole: PathBytes) => Promise<T>): Promise<T> {
  const whole = joinBytes(folder, `.${temporaryName()}.whole`)
  try {
    const result = await fill(whole)
    await giveToOwner(folder, whole)
    if (!(await placeFile(whole, to, { temporary: temporaryName() }))) throw alreadyThere(to)
    return result
  } finally {
    await removeIfThere(whole)
  }
}

function temporaryName(): string {
  return `greenroom-add-${process.pid}-${randomBytes(6).toString('hex')}`
}

/** What root puts there must belong to the owner of the folder, who has to read, move and delete it. */
async function giveToOwner(folder: PathBytes, path: PathBytes): Promise<void> {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await stat(folder)
  if (uid === 0) return
  await chown(path, uid, gid)
  await chmod(path, 0o644)
}
