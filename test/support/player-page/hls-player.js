/* global Hls */
export async function hlsPlayer(video, url, report) {
  const hls = new Hls({ enableWorker: false })
  hls.on(Hls.Events.ERROR, (_, { fatal, type, details, error }) => {
    // What it was loading when it was told to switch; and a machine too busy to play what is there. A gap has errors of its own.
    const known = details === Hls.ErrorDetails.INTERNAL_ABORTED || details === Hls.ErrorDetails.BUFFER_STALLED_ERROR
    if (fatal || !known) report(`hls.js ${fatal ? 'fatal ' : ''}${type} ${details} ${error?.message ?? ''}`)
  })
  const parsed = new Promise((resolve) => {
    hls.once(Hls.Events.MANIFEST_PARSED, resolve)
  })
  hls.loadSource(url)
  hls.attachMedia(video)
  await parsed
  return {
    rungs: () => hls.levels.map(({ height }) => height),
    force(height) {
      hls.nextLevel = hls.levels.findIndex((level) => level.height === height)
    },
    languages: () => hls.audioTracks.map(({ lang }) => lang),
    speak(language) {
      hls.audioTrack = hls.audioTracks.findIndex(({ lang }) => lang === language)
    },
    spoken: () => hls.audioTracks[hls.audioTrack]?.lang,
    show(language) {
      hls.subtitleTrack = hls.subtitleTracks.findIndex(({ lang }) => lang === language)
      hls.subtitleDisplay = true
    },
    destroy: () => hls.destroy(),
  }
}
