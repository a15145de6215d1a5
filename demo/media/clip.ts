import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Length of the made clip, seconds: encoding it outlasts the switches. */
const SECONDS = 24

/**
 * Makes a clip: 720p at 25 fps with movement, a running clock to see the joins by, a little noise as a camera has it, and
 * stereo sound.
 */
export async function makeClip(file: string, ffmpeg = 'ffmpeg'): Promise<void> {
  const picture = `testsrc2=size=1280x720:rate=25:duration=${SECONDS},noise=alls=2:allf=t`
  const sound = `sine=frequency=220:sample_rate=48000:duration=${SECONDS}[a];sine=frequency=277:sample_rate=48000:duration=${SECONDS}[b];[a][b]join=inputs=2:channel_layout=stereo`
  await promisify(execFile)(ffmpeg, [
    '-nostdin', '-v', 'error', '-y', '-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', sound,
    '-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '24', '-g', '50', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-shortest', file,
  ])
}
