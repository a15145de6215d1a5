/* global shaka */
export async function shakaPlayer(video, url, report) {
  shaka.polyfill.installAll()
  const player = new shaka.Player()
  await player.attach(video)
  player.addEventListener('error', ({ detail }) => report(`shaka ${detail.code} ${detail.message ?? ''}`))
  // The browser’s own text tracks, so that cues can be read back.
  player.configure({ textDisplayFactory: (player) => new shaka.text.NativeTextDisplayer(player) })
  await player.load(url)
  return {
    rungs: () => [...new Set(player.getVariantTracks().map(({ height }) => height))],
    force(height) {
      player.configure({ abr: { enabled: false } })
      player.selectVariantTrack(player.getVariantTracks().find((track) => track.height === height && track.language === spoken()), true)
    },
    languages: () => player.getAudioTracks().map(({ language }) => language),
    speak(language) {
      player.selectAudioTrack(player.getAudioTracks().find((track) => track.language === language))
    },
    spoken,
    async show(language) {
      await player.selectTextTrack(player.getTextTracks().find((track) => track.language === language))
    },
    destroy: () => player.destroy(),
  }

  function spoken() {
    return player.getAudioTracks().find(({ active }) => active)?.language
  }
}
