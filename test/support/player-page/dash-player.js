/* global dashjs */
export async function dashPlayer(video, url, report) {
  const player = dashjs.MediaPlayer().create()
  const { events } = dashjs.MediaPlayer
  // A gap shall stop it and be seen.
  player.updateSettings({ debug: { logLevel: 0 }, streaming: { text: { defaultEnabled: false }, gaps: { jumpGaps: false } } })
  player.on(events.ERROR, ({ error }) => report(`dash.js ${error?.code} ${error?.message}`))
  player.on(events.PLAYBACK_ERROR, ({ error }) => report(`dash.js playback ${error}`))
  const ready = new Promise((resolve) => {
    player.on(events.STREAM_INITIALIZED, resolve)
  })
  player.initialize(video, url, false)
  await ready
  const video_ = () => player.getRepresentationsByType('video')
  return {
    rungs: () => video_().map(({ height }) => height),
    force(height) {
      player.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: false } }, buffer: { fastSwitchEnabled: true } } })
      player.setRepresentationForTypeById('video', video_().find((representation) => representation.height === height).id, true)
    },
    languages: () => player.getTracksFor('audio').map(({ lang }) => lang),
    speak(language) {
      player.setCurrentTrack(player.getTracksFor('audio').find(({ lang }) => lang === language))
    },
    spoken: () => player.getCurrentTrackFor('audio')?.lang,
    show(language) {
      player.setTextTrack(player.getTracksFor('text').findIndex(({ lang }) => lang === language))
    },
    destroy: () => player.destroy(),
  }
}
