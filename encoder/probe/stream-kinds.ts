import type { RawStream } from './headers.ts'

/** Subtitle codecs that ffmpeg decodes to text. */
const TEXT = new Set(['subrip', 'srt', 'ass', 'ssa', 'mov_text', 'webvtt', 'text', 'eia_608', 'microdvd', 'subviewer', 'jacosub', 'sami', 'realtext', 'stl', 'mpl2', 'pjs', 'vplayer', 'hdmv_text_subtitle'])

/** Codecs of still pictures, as covers have them. */
const STILL = new Set(['mjpeg', 'png', 'bmp', 'gif', 'webp', 'tiff', 'jpeg2000'])

export function decodable({ codec_name }: RawStream): boolean {
  return codec_name !== undefined && codec_name !== 'unknown' && codec_name !== 'none'
}

/** A cover or thumbnail, marked as such, or one picture beside sound. */
export function isCover({ codec_name = '', disposition = {} }: RawStream, packets: number, hasAudio: boolean): boolean {
  if (disposition['attached_pic'] === 1 || disposition['timed_thumbnails'] === 1 || disposition['still_image'] === 1) return true
  return hasAudio && packets <= 1 && STILL.has(codec_name)
}

export function subtitleKind({ codec_name = '' }: RawStream): 'text' | 'picture' {
  return TEXT.has(codec_name) ? 'text' : 'picture'
}

/** What a stream that is not encoded is, in words. */
export function describeOther(stream: RawStream, cover: boolean, elsewhere = false): string {
  const { codec_type = 'unknown', codec_tag_string, codec_name = 'unknown codec' } = stream
  if (cover) return 'attached picture'
  if (elsewhere && ['video', 'audio', 'subtitle'].includes(codec_type)) return `${codec_type} track of another programme`
  if (codec_tag_string === 'tmcd' || codec_name === 'tmcd') return 'timecode track'
  if (codec_type === 'video') return decodable(stream) ? 'further video track' : 'video in an unknown codec'
  if (codec_type === 'audio') return 'audio in an unknown codec'
  if (codec_type === 'attachment') return `attachment ${stream.tags?.['filename'] ?? ''}`.trim()
  if (codec_type === 'data') return 'data track'
  return `${codec_type} track`
}
