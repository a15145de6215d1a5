import type { EncoderConfig } from '../config.ts'

/** Below which assets can be played: where the configuration says that viewers get them, else from this API where it can read the store; null for neither. */
export function mediaUrl({ store: { public_url: publicUrl, kind } }: EncoderConfig): string | null {
  if (publicUrl !== undefined) return publicUrl.endsWith('/') ? publicUrl : `${publicUrl}/`
  return kind === 'directory' ? '/media/' : null
}
