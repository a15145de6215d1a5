/** The browser itself, where it plays HLS; rungs it chooses alone. */
export function nativePlayer(video, url) {
  video.src = url
  return { rungs: () => [], languages: () => [], destroy() {} }
}
