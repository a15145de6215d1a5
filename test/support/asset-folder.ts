import { constants } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { captionObjects, mediaObjects, pictureObjects } from '../../encoder/package/objects.ts'
import { systemCodeOf } from '../../shared/errors/problem.ts'
import { replaceFile } from '../../shared/files/atomic.ts'
import type { Packaged, PackageInput } from '../../encoder/package/package.ts'

/** Lays an asset down as a directory store would: objects, then pointers, then asset.json. */
export async function layDown(store: string, input: PackageInput, packaged: Packaged): Promise<string> {
  const audio = new Set((input.plan.audio?.renditions ?? []).map(({ id }) => id))
  for (const { key, path } of [...mediaObjects(input, audio, input), ...captionObjects(input, input.captions), ...pictureObjects(input, input.pictures)]) {
    const to = join(store, key)
    await mkdir(dirname(to), { recursive: true })
    // Never written twice: players may be reading it.
    await copyFile(path, to, constants.COPYFILE_EXCL).catch((error: unknown) => {
      if (systemCodeOf(error) !== 'EEXIST') throw error
    })
  }
  const document = JSON.stringify({ ...packaged.description, state: input.state, version: input.version, previous_versions: [] })
  for (const { key, content } of [...packaged.files, ...packaged.pointers, { key: `${input.asset}/asset.json`, content: document }]) {
    await mkdir(dirname(join(store, key)), { recursive: true })
    await replaceFile(join(store, key), content)
  }
  return join(store, input.asset)
}

/** Tells the end to players that are on growing playlists, as the encoder does a while later. */
export async function layEndings(store: string, { endings }: Packaged): Promise<void> {
  for (const { key, content } of endings) await replaceFile(join(store, key), content)
}
