import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { MadeFile } from '../encode/records.ts'

/** Writes a file of the work area and makes sure of it: what the ledger calls made must be there after a power loss too. */
export async function writeMade(path: string, content: string | Uint8Array): Promise<MadeFile> {
  await using file = await open(path, 'w')
  await file.writeFile(content)
  await file.sync()
  return facts(path, Buffer.from(content))
}

/** The same of a file that a tool wrote. */
export async function takeMade(path: string): Promise<MadeFile> {
  await using file = await open(path, 'r')
  const content = await file.readFile()
  await file.sync()
  return facts(path, content)
}

function facts(path: string, content: Buffer): MadeFile {
  return { path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }
}
