import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

/** The machine's ffmpeg, as demo/bootstrap.sh finds or installs it. */
export const FFMPEG = onPath('ffmpeg')
export const FFPROBE = onPath('ffprobe')

const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'greenroom')

/** Static ffmpeg 9 with libvmaf that `demo/bootstrap.sh --tests` keeps in the cache; undefined where it could not be had: `skip` with FFMPEG9_ABSENT. It has no ffprobe. */
export const FFMPEG9 = ifThere(join(CACHE, 'ffmpeg9/ffmpeg'))
/** Go-built MinIO server, likewise; MINIO_ABSENT says why a test is skipped. */
export const MINIO = ifThere(join(CACHE, 'bin/minio'))
export const CHROMIUM = ifThere(onPath('chromium'))

export const FFMPEG9_ABSENT = 'no ffmpeg 9 here: sh demo/bootstrap.sh --tests says why'
export const MINIO_ABSENT = 'no MinIO server here: sh demo/bootstrap.sh --tests says why'
export const CHROMIUM_ABSENT = 'no Chromium here: sh demo/bootstrap.sh --tests says why'

function onPath(name: string): string {
  const directories = (process.env['PATH'] ?? '').split(':')
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path)) ?? `/usr/bin/${name}`
}

function ifThere(path: string): string | undefined {
  return existsSync(path) ? path : undefined
}

export interface FfmpegOptions {
  readonly program?: string | undefined
  /** What it reads from its standard input. */
  readonly input?: Uint8Array | undefined
}

export interface FfmpegOutput {
  readonly stdout: Uint8Array
  readonly stderr: string
}

/** Runs ffmpeg with these words; throws with its last words when it fails. */
export async function ffmpeg(args: readonly string[], { program = FFMPEG, input = new Uint8Array() }: FfmpegOptions = {}): Promise<FfmpegOutput> {
  const result = await execa(program, ['-hide_banner', '-nostats', ...args], { input, encoding: 'buffer', maxBuffer: 2 ** 30, reject: false })
  const stderr = Buffer.from(result.stderr).toString('utf8')
  if (result.failed) throw new Error(`${program} ${args.join(' ')}\nended with ${result.signal ?? result.exitCode ?? result.code}: ${stderr.slice(-2000)}`)
  return { stdout: result.stdout, stderr }
}
