import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { printAt } from './disk.ts'
import { joinBytes, nameOf, parentOf, type PathBytes } from './path-bytes.ts'
import { placeFile } from './place.ts'
import { plainNames } from './plain-names.ts'
import { numberedName } from './numbered-name.ts'
import { sourceDirectory } from './arrive.ts'

/** Takes a claim back: what has arrived goes to its place in the ingest folder again (or beside it, should the name be taken), what was only copied is deleted. */
export async function putBack(work: string, job: string, files: readonly PathBytes[]): Promise<void> {
  const directory = sourceDirectory(work, job)
  const names = plainNames(files)
  for (const [index, path] of files.entries()) {
    const here = joinBytes(directory, names[index] ?? '')
    const [arrived, original] = [await printAt(here), await printAt(path)]
    if (arrived === undefined) continue
    // On another file system there was never more than a copy, as long as the original is still there.
    if (original !== undefined && original.dev !== arrived.dev) continue
    for (let number = 1; ; number += 1) {
      const to = joinBytes(parentOf(path), numberedName(nameOf(path), number))
      if (await placeFile(here, to, { temporary: `${job}-${index}` })) break
    }
  }
  await rm(dirname(directory), { recursive: true, force: true })
}
