import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { EncoderConfig } from '../../config.ts'
import { mediaUrl } from '../media-url.ts'

interface PageFile {
  readonly url: string
  readonly file: URL
  readonly type: string
}

const FOLDER = new URL('../../page/', import.meta.url)
const FILES: readonly PageFile[] = [
  { url: '/', file: new URL('index.html', FOLDER), type: 'text/html; charset=utf-8' },
  { url: '/page/style.css', file: new URL('style.css', FOLDER), type: 'text/css; charset=utf-8' },
  { url: '/page/icon.svg', file: new URL('icon.svg', FOLDER), type: 'image/svg+xml' },
  { url: '/page/app.js', file: new URL('app.js', FOLDER), type: 'text/javascript; charset=utf-8' },
  { url: '/page/hls.js', file: new URL(import.meta.resolve('hls.js/dist/hls.min.mjs')), type: 'text/javascript; charset=utf-8' },
]

/** The operators' page: files that hold nothing secret, so they need no credential; what the page shows does. */
export function pageRoutes(config: EncoderConfig): FastifyPluginAsyncTypebox {
  const policy = policyFor(mediaUrl(config))
  return async (app) => {
    for (const { url, file, type } of FILES) {
      app.get(url, { schema: { hide: true } }, async (request, reply) => {
        const path = fileURLToPath(file)
        const { size, mtimeMs } = await stat(path)
        const etag = `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`
        reply.headers({ etag, 'cache-control': 'no-cache', 'content-security-policy': policy, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
        if (request.headers['if-none-match'] === etag) return reply.code(304).send()
        reply.type(type).header('content-length', size)
        return request.method === 'HEAD' ? reply.send() : reply.send(createReadStream(path))
      })
    }
  }
}

/** Nothing from anywhere but this API, and media from where viewers get them. */
function policyFor(media: string | null): string {
  const elsewhere = media === null || media.startsWith('/') ? '' : ` ${new URL(media).origin}`
  return [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", `img-src 'self' blob:${elsewhere}`, 'media-src blob:', `connect-src 'self'${elsewhere}`,
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
  ].join('; ')
}
