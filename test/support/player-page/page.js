// Runs in the browser: one player at a time on one video element, driven by test/support/player-page.ts.
import { dashPlayer } from './dash-player.js'
import { hlsPlayer } from './hls-player.js'
import { nativePlayer } from './native-player.js'
import { shakaPlayer } from './shaka-player.js'

const players = { 'hls.js': hlsPlayer, 'dash.js': dashPlayer, shaka: shakaPlayer, native: nativePlayer }
const video = document.querySelector('video')
/** Everything that went wrong, in the players' own words. */
const errors = []
let player
let stalls = 0

video.addEventListener('error', () => errors.push(`video: ${video.error?.code} ${video.error?.message}`))
video.addEventListener('waiting', () => stalls++)
window.addEventListener('unhandledrejection', ({ reason }) => errors.push(`page: ${reason}`))

/** Resolves when `condition` holds, looked at on each event that can change it. */
function when(what, condition, deadlineMs = 30_000) {
  const events = ['timeupdate', 'seeked', 'ended', 'canplay', 'playing', 'resize', 'progress', 'loadeddata', 'durationchange']
  return new Promise((resolve, reject) => {
    const done = (settle) => {
      for (const event of events) video.removeEventListener(event, look)
      clearInterval(interval)
      clearTimeout(timer)
      settle()
    }
    const look = () => {
      if (errors.length > 0) done(() => reject(new Error(`${what}: ${errors.join('; ')}`)))
      else if (condition()) done(resolve)
    }
    for (const event of events) video.addEventListener(event, look)
    // Tracks and rungs change without an event of the video element.
    const interval = setInterval(look, 50)
    const timer = setTimeout(() => done(() => reject(new Error(`not within ${deadlineMs} ms: ${what}; ${JSON.stringify(state())}`))), deadlineMs)
    look()
  })
}

function ranges(buffered) {
  return Array.from({ length: buffered.length }, (_, index) => [buffered.start(index), buffered.end(index)])
}

function state() {
  return {
    time: video.currentTime, duration: video.duration, ended: video.ended, paused: video.paused, ready: video.readyState, stalls, errors, width: video.videoWidth, height: video.videoHeight,
    buffered: ranges(video.buffered), decoded: video.getVideoPlaybackQuality().totalVideoFrames,
  }
}

window.driver = {
  state,
  async open(kind, url, brief = false) {
    player = await players[kind](video, url, (message) => errors.push(message))
    await when('metadata', () => video.readyState >= 1)
    // It settles only when there is enough to play: waiting for it alone could take for ever.
    video.play().catch((error) => errors.push(`play: ${error}`))
    if (!brief) await when('it plays', () => video.currentTime > 0.2)
    return state()
  },
  rungs: () => player.rungs(),
  /** Plays on in one rung, by force, until its pictures are seen. */
  async force(height) {
    await player.force(height)
    await when(`pictures of ${height} lines`, () => video.videoHeight === height)
    const from = video.currentTime
    await when(`playing on with ${height} lines`, () => video.currentTime > from + 0.1 || video.ended)
    return state()
  },
  /** Jumps there and waits until it plays on. */
  async seek(time) {
    video.currentTime = time
    await when(`playing on from ${time}`, () => !video.seeking && video.readyState >= 3 && video.currentTime > time + 0.05)
    return state()
  },
  languages: () => player.languages(),
  async speak(language) {
    await player.speak(language)
    await when(`sound in ${language}`, () => player.spoken() === language)
    const from = video.currentTime
    await when(`playing on in ${language}`, () => video.currentTime > from + 0.3 || video.ended)
    return state()
  },
  /** Cues of the captions in this language, as the browser holds them. */
  async captions(language, count) {
    await player.show(language)
    const track = () => [...video.textTracks].find((candidate) => candidate.mode !== 'disabled' && (candidate.cues?.length ?? 0) >= count)
    await when(`captions in ${language}`, () => track() !== undefined)
    return [...track().cues].map(({ startTime, endTime, text }) => ({ start: startTime, end: endTime, text }))
  },
  /** From the beginning to the end, faster than life. */
  async playThrough(rate) {
    stalls = 0
    video.currentTime = 0
    video.playbackRate = rate
    await when('the beginning', () => !video.seeking)
    video.play().catch((error) => errors.push(`play: ${error}`))
    await when('the end', () => video.ended, 60_000)
    return state()
  },
  /** Plays on to the end from where it is. */
  async finish() {
    await when('the end', () => video.ended, 60_000)
    return state()
  },
  /** Waits until all media up to a time is buffered, from where it plays. */
  async reaches(time) {
    await when(`media up to ${time}`, () => ranges(video.buffered).some(([start, end]) => start <= video.currentTime && end >= time))
    return state()
  },
  async close() {
    await player?.destroy()
    video.removeAttribute('src')
    video.load()
  },
}
