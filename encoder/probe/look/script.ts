/** Texts that name other files or addresses, which ffmpeg would go and read, by how they begin. */
const SCRIPTS: readonly (readonly [name: string, begins: RegExp])[] = [
  ['a playlist (M3U or HLS)', /^#EXTM3U/],
  ['an ffmpeg concat script', /^ffconcat\s+version/],
  ['an ffmpeg concat script', /^(?:#[^\n]*\n|\s*\n)*\s*file\s+(?:'[^\n]*'|"[^\n]*"|\S*[./]\S*)\s*(?:\n|$)/],
  ['a session description (SDP)', /^v=0\s*\n\s*[a-z]=/],
  ['a playlist (PLS)', /^\[playlist\]/i],
  ['a reference (ASX or ASF)', /^(?:\[Reference\]|<asx\b)/i],
  ['a DASH manifest', /^(?:<\?xml[^>]*>\s*|<!--[\s\S]*?-->\s*)*<(?:\w+:)?MPD\b/],
  ['a Smooth Streaming manifest', /^(?:<\?xml[^>]*>\s*|<!--[\s\S]*?-->\s*)*<SmoothStreamingMedia\b/],
  ['a playlist (SMIL or XSPF)', /^(?:<\?xml[^>]*>\s*|<!DOCTYPE[^>]*>\s*|<!--[\s\S]*?-->\s*)*<(?:smil|playlist)\b/i],
  ['a list of files (IMF or DCP)', /^(?:<\?xml[^>]*>\s*|<!--[\s\S]*?-->\s*)*<(?:\w+:)?(?:AssetMap|CompositionPlaylist|PackingList)\b/],
  ['a cue sheet', /^(?:(?:REM|PERFORMER|TITLE|CATALOG|SONGWRITER)\b[^\n]*\n)*FILE\s+"[^"\n]+"\s+\w+/],
  ['an edit list of files (MLT or OTIO)', /^(?:(?:<\?xml[^>]*>\s*)<mlt\b|\{\s*"OTIO_SCHEMA")/],
  ['a list of addresses', /^(?:https?|rtmps?|rtsp|mmsh?|udp|tcp|file|concat|ftp):[^\s]+\s*(?:\n|$)/i],
]

/** What kind of script the text is; undefined where it is none. */
export function scriptName(text: string): string | undefined {
  const begun = text.replace(/^\uFEFF/, '').trimStart()
  return SCRIPTS.find(([, begins]) => begins.test(begun))?.[0]
}
