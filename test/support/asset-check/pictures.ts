import { execa } from 'execa'
import { resolvePath, type AssetObjects } from './objects.ts'

/** Poster and sprite decode, and every tile that the storyboard names lies inside the sprite. Answers the number of tiles. */
export async function checkPictures(objects: AssetObjects, { poster, storyboard }: { readonly poster: string | null; readonly storyboard: string | null }, ffmpeg: string, faults: string[]): Promise<number> {
  if (poster !== null) await size(ffmpeg, await objects.read(poster)).catch((error: unknown) => faults.push(`${poster} does not decode: ${String(error)}`))
  if (storyboard === null) return 0
  const cues = [...(await objects.text(storyboard)).matchAll(/^([\d:.]+) --> ([\d:.]+)\n(.+)#xywh=(\d+),(\d+),(\d+),(\d+)$/gm)]
  const sprite = resolvePath(storyboard, cues[0]?.[3] ?? '')
  const { width, height } = await size(ffmpeg, await objects.read(sprite))
  let end = '00:00:00.000'
  for (const [cue, from, to, , x, y, w, h] of cues) {
    if (from !== end) faults.push(`${storyboard}: a tile begins at ${from}, the one before ends at ${end}`)
    if (Number(x) + Number(w) > width || Number(y) + Number(h) > height) faults.push(`${storyboard}: ${cue} is outside the sprite of ${width}x${height}`)
    end = to ?? ''
  }
  return cues.length
}

/** Decodes a picture whole and answers its size. */
async function size(ffmpeg: string, picture: Buffer): Promise<{ readonly width: number; readonly height: number }> {
  const { stdout } = await execa(ffmpeg, ['-nostdin', '-v', 'error', '-xerror', '-f', 'jpeg_pipe', '-i', 'pipe:0', '-f', 'framehash', '-'], { input: picture })
  const [, width, height] = /#dimensions 0: (\d+)x(\d+)/.exec(stdout) ?? []
  if (width === undefined) throw new Error('no picture')
  return { width: Number(width), height: Number(height) }
}
