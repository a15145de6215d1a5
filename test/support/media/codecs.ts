/** How each encoder is made quick; the pictures are so simple that quality is no matter. */
const QUICK: Readonly<Record<string, readonly string[]>> = {
  libx264: ['-preset', 'ultrafast', '-crf', '20', '-threads', '1'],
  libx265: ['-preset', 'ultrafast', '-crf', '20'],
  'libvpx-vp9': ['-deadline', 'realtime', '-cpu-used', '8', '-b:v', '1M'],
  libvpx: ['-deadline', 'realtime', '-cpu-used', '8', '-b:v', '1M'],
  'libaom-av1': ['-usage', 'realtime', '-cpu-used', '8', '-crf', '30', '-b:v', '0'],
  libsvtav1: ['-preset', '12', '-crf', '40'],
  mpeg2video: ['-q:v', '2'],
  mpeg4: ['-q:v', '2'],
  mjpeg: ['-q:v', '3', '-strict', 'unofficial'],
  flv: ['-q:v', '2'],
  prores_ks: ['-q:v', '9'],
}

export interface Coding {
  readonly codec: string
  /** Frames between key frames. */
  readonly gop?: number
  readonly open_gop?: boolean
  readonly b_frames?: number
  readonly interlaced?: 'top' | 'bottom'
  /** Further `key=value` of x264 or x265. */
  readonly params?: readonly string[]
}

/** Options of the video encoder. */
export function codingArgs({ codec, gop, open_gop: openGop, b_frames: bFrames, interlaced, params = [] }: Coding): string[] {
  const args = ['-c:v:0', codec, ...(QUICK[codec] ?? [])]
  if (gop !== undefined) args.push('-g', String(gop))
  if (bFrames !== undefined && codec !== 'libx265') args.push('-bf', String(bFrames))
  const own = [...params]
  if (codec === 'libx264') {
    if (openGop === true) own.push('open-gop=1')
    if (interlaced !== undefined) own.push(interlaced === 'top' ? 'tff=1' : 'bff=1')
    if (gop !== undefined) own.push('scenecut=0')
    if (own.length > 0) args.push('-x264-params', own.join(':'))
  } else if (codec === 'libx265') {
    own.push('log-level=error', `open-gop=${openGop === true ? 1 : 0}`, 'scenecut=0')
    if (gop !== undefined) own.push(`keyint=${gop}`, `min-keyint=${gop}`)
    if (bFrames !== undefined) own.push(`bframes=${bFrames}`)
    args.push('-x265-params', own.join(':'))
  } else if (interlaced !== undefined) {
    args.push('-flags', '+ildct+ilme')
  }
  return args
}
