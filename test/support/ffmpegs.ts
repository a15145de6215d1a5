import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { openTools } from '../../encoder/encode/open-tools.ts'
import type { Tools } from '../../encoder/tools.ts'

const FFPROBE = '/usr/bin/ffprobe'

/** An ffmpeg that tests run on; `skip` says why it cannot be had here. */
export interface TestFfmpeg {
  readonly name: string
  readonly path: string
  readonly skip: string | false
  open(): Promise<Tools>
}

/** Debian's, which the product is made for. */
export const debian: TestFfmpeg = at('ffmpeg of the system', '/usr/bin/ffmpeg')

/** The static build 9 that the bootstrap keeps in its cache; `GREENROOM_FFMPEG9` names another. It brings no ffprobe: the system's is used. */
export const nine: TestFfmpeg = at('ffmpeg 9', process.env['GREENROOM_FFMPEG9'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'greenroom/ffmpeg9/ffmpeg'))

/** Both, for what depends on the version. */
export const ffmpegs: readonly TestFfmpeg[] = [debian, nine]

/** Runs the system's ffmpeg to its end, to make what a test needs. Throws with what it said. */
export function ffmpeg(...args: readonly string[]): string {
  return execFileSync(debian.path, ['-nostdin', '-hide_banner', '-v', 'error', '-y', ...args], { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Runs ffprobe and answers its JSON. */
export function ffprobe(...args: readonly string[]): unknown {
  return JSON.parse(execFileSync(FFPROBE, ['-v', 'error', '-of', 'json', ...args], { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 }))
}

function at(name: string, path: string): TestFfmpeg {
  return { name, path, skip: runs(path) ? false : `${name} is not at ${path}`, open: () => openTools({ ffmpeg: path, ffprobe: FFPROBE }) }
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
