import { constants } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Problem, systemCodeOf } from '../../../shared/errors/problem.ts'
import type { StoreConfig } from '../../config.ts'
import { errors } from '../../errors.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.mpd': 'application/dash+xml',
  '.json': 'application/json',
  '.m4s': 'video/iso.segment',
  '.mp4': 'video/mp4',
  '.vtt': 'text/vtt; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
}
/** What the store itself writes under temporary names begins with a dot, so it is not served. */
const STEP = /^[^.\0/][^\0/]*$/

/** The directory store, read-only, for the player of the operators' page: viewers get theirs from Nginx. */
export function mediaRoutes({ directory, prefix = '' }: StoreConfig): FastifyPluginAsyncTypebox {
  const root = join(directory, prefix)
  return async (app) => {
    app.get('/media/*', { config: { permission: 'view' }, schema: { hide: true } }, async (request, reply) => {
      const path = (request.params as { '*': string })['*']
      const unknown = () => new Problem(errors.fileUnknown, `There is no file ${path.slice(0, 200)} in the store`)
      const type = TYPES[extname(path)]
      if (type === undefined || !path.split('/').every((step) => STEP.test(step))) throw unknown()
      const file = await inside(root, path)
      if (file === null) throw unknown()
      const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW)
      const facts = await handle.stat()
      if (!facts.isFile()) {
        await handle.close()
        throw unknown()
      }
      // Pointers change and the rest is immutable, but both are cheap to ask for again from the host next door.
      reply.type(type).header('cache-control', 'private, no-cache').header('content-length', facts.size).header('x-content-type-options', 'nosniff')
      if (request.method === 'HEAD') {
        await handle.close()
        return reply.send()
      }
      return reply.send(handle.createReadStream())
    })
  }
}

/** The real path below the root, whatever links lead there; null where there is none. */
async function inside(root: string, path: string): Promise<string | null> {
  try {
    const [base, file] = await Promise.all([realpath(root), realpath(join(root, path))])
    return file.startsWith(`${base}/`) ? file : null
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'].includes(systemCodeOf(error) ?? '')) return null
    throw error
  }
}
