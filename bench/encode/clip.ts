import { existsSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ffmpeg } from '../../test/support/media/tools.ts'

const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'greenroom/bench')
const SCENE_S = 5

/** Moving, detailed, noisy and calm pictures in turn: a test card alone costs an encoder next to nothing. */
const SCENES = [
  'testsrc2=s=1920x1080:r=25',
  'mandelbrot=s=1920x1080:r=25:end_scale=0.01:maxiter=400',
  'gradients=s=1920x1080:r=25:speed=0.02:n=5,noise=alls=12:allf=t',
  'cellauto=s=480x270:r=25:rule=110,scale=1920:1080:flags=bicubic,boxblur=2',
]

/** A made clip of 1080p with sound at up to 20 Mbit/s, as a contribution feed has it; kept between runs outside the checkout. */
export async function benchClip(seconds: number): Promise<string> {
  return cached(`clip-1080p-${seconds}s-v2.mp4`, async (file) => {
    const scenes = Array.from({ length: Math.ceil(seconds / SCENE_S) }, (_, index) => SCENES[index % SCENES.length] ?? '')
    const graph = scenes.map((scene, index) => `${scene},setsar=1,trim=duration=${SCENE_S},setpts=PTS-STARTPTS,format=yuv420p[s${index}]`)
    const joined = `${scenes.map((_, index) => `[s${index}]`).join('')}concat=n=${scenes.length}:v=1,trim=duration=${seconds}[v]`
    await ffmpeg([
      '-v', 'error', '-filter_complex', [...graph, joined].join(';'), '-f', 'lavfi', '-i', `aevalsrc='0.3*sin(2*PI*(220+40*sin(t))*t)+0.05*random(0)|0.3*sin(2*PI*330*t)':s=48000:d=${seconds}`,
      '-map', '[v]', '-map', '0:a', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '16', '-maxrate', '20M', '-bufsize', '40M', '-g', '250', '-c:a', 'aac', '-b:a', '192k', '-movflags', '+faststart', file,
    ])
  })
}

/** The same, played again and again for so many seconds; nothing is encoded for it. */
export async function longClip(seconds: number, from: string): Promise<string> {
  return cached(`long-1080p-${seconds}s-v2.mp4`, async (file) => {
    await ffmpeg(['-v', 'error', '-stream_loop', '-1', '-i', from, '-t', String(seconds), '-c', 'copy', '-movflags', '+faststart', file])
  })
}

async function cached(name: string, make: (file: string) => Promise<void>): Promise<string> {
  const file = join(CACHE, name)
  if (existsSync(file)) return file
  process.stdout.write(`making ${file}, once\n`)
  await mkdir(CACHE, { recursive: true })
  const temporary = join(CACHE, `making-${process.pid}-${name}`)
  await make(temporary)
  await rename(temporary, file)
  return file
}
