/**
 * Containers that are accepted, by ffmpeg's names of their demuxers. None of them reads another file or an address, as
 * `concat`, `hls`, `dash`, `sdp`, `vobsub`, `imf` and `image2` do; streams without timestamps (`h264`, `hevc`, `mpegvideo`) are not among them.
 */
const ACCEPTED_FORMATS = 'mov,matroska,mpegts,mpeg,avi,flv,mxf,asf,ogg,gxf,dv,ivf,nut,wtv,rm,wav,w64,flac,mp3,aac,aiff,ac3,eac3,dts,truehd,caf,amr,au,tta,wv,ape'

/**
 * What every ffmpeg and ffprobe is told of the source, before `-i`. The same for all, so that all find the same streams:
 * transport streams announce some of theirs only after seconds.
 */
export const SOURCE_OPTIONS: readonly string[] = ['-protocol_whitelist', 'file', '-format_whitelist', ACCEPTED_FORMATS, '-probesize', '20M', '-analyzeduration', '20M']

export function inputOptions(path: string): string[] {
  return [...SOURCE_OPTIONS, '-i', `file:${path}`]
}
