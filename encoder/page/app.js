// The operators' page. It asks the API that serves it and nobody else; texts only ever become text, never markup.
import Hls from './hls.js'

const TOKEN = 'greenroom-encoder-token'
const ENDED = new Set(['done', 'failed', 'cancelled'])
const $ = (id) => document.getElementById(id)

/** What is known: jobs by id, assets by name, waiting files, intake, store. */
const jobs = new Map()
const assets = new Map()
let waiting = { total: 0, waiting: [] }
let intake = { paused: null, problem: null, waiting: 0 }
let store = { media_url: null, problem: null, objects: 0, bytes: 0 }

class Refused extends Error {
  constructor({ code = 'unknown', detail = 'It was refused.' }, status) {
    super(detail)
    this.code = code
    this.status = status
  }
}

function headers() {
  const token = sessionStorage.getItem(TOKEN)
  return token === null ? {} : { authorization: `Bearer ${token}` }
}

async function call(path, options = {}) {
  const answer = await fetch(path, { ...options, headers: { ...headers(), ...(options.body === undefined ? {} : { 'content-type': 'application/json' }) } })
  if (!answer.ok) throw new Refused(await answer.json().catch(() => ({})), answer.status)
  return answer
}
const get = async (path) => (await call(path)).json()

/** Makes an element: `el('p', { class: 'soft' }, 'text')`. */
function el(name, attributes = {}, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value)
    else element.setAttribute(key, value)
  }
  element.append(...children.filter((child) => child !== null))
  return element
}

function tell(error) {
  $('message').textContent = error === null ? '' : error.message
  $('message').hidden = error === null
}

/** A button that does one thing and says when it was refused. */
function action(label, name, work) {
  return el('button', {
    type: 'button', 'aria-label': `${label}: ${name}`,
    async onclick(event) {
      event.target.disabled = true
      try {
        await work()
        tell(null)
      } catch (error) {
        tell(error)
      }
      event.target.disabled = false
    },
  }, label)
}

function length(seconds) {
  if (seconds < 120) return `${Math.round(seconds)} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
function size(bytes) {
  const unit = Math.min(4, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)))
  return `${Number((bytes / 1000 ** unit).toPrecision(3))} ${['B', 'kB', 'MB', 'GB', 'TB'][unit]}`
}

function jobItem(job) {
  const { asset, id, state, paused, blocked, error, progress, speed, eta_s: eta, source } = job
  const word = ENDED.has(state) ? state : blocked !== null ? 'blocked' : paused ? 'paused' : state
  const change = (name) => async () => {
    const changed = await (await call(`/v1/jobs/${id}/${name}`, { method: 'POST' })).json()
    jobs.set(changed.id, changed)
    draw()
  }
  const numbers = [`${Math.floor(progress * 100)} %`, ...(speed === null ? [] : [`${speed.toFixed(speed < 1 ? 2 : 1)}×`]), ...(eta === null ? [] : [`${length(eta)} left`])]
  const why = error ?? blocked
  const buttons = ENDED.has(state)
    ? [action('Retry', asset, change('retry'))]
    : [paused ? action('Resume', asset, change('resume')) : action('Pause', asset, change('pause')), ...(blocked === null ? [] : [action('Try now', asset, change('retry'))]), action('Cancel', asset, change('cancel'))]
  return el('li', {},
    el('div', { class: 'line' }, el('h3', {}, asset), el('span', { class: `state ${word}` }, word)),
    ENDED.has(state) ? null : el('progress', { max: '1', value: String(progress), 'aria-label': `progress of ${asset}` }),
    el('p', { class: 'soft' }, ENDED.has(state) ? source.name : numbers.join(' · ')),
    why === null ? null : el('p', {}, `${why.message}. ${why.advice}`),
    el('div', { class: 'actions' }, ...buttons))
}

function waitingItem({ name, size: bytes, detail }) {
  return el('li', {}, el('div', { class: 'line' }, el('h3', {}, name), el('span', { class: 'soft' }, size(bytes))), el('p', {}, detail))
}

function assetItem(asset) {
  const { asset: name, document: shown, versions, current } = asset
  const older = versions.filter(({ version, state }) => version !== current && state === 'ready')
  const rungs = (shown?.video ?? []).map(({ height }) => `${height}p`).join(' ')
  return el('li', {},
    shown?.poster == null || store.media_url === null ? null : poster(`${store.media_url}${name}/${shown.poster}`),
    el('h3', {}, name),
    el('p', { class: 'soft' }, shown === null ? 'not public' : [shown.state, length(shown.duration_s), rungs || 'audio'].join(' · ')),
    el('div', { class: 'actions' },
      shown === null || store.media_url === null ? null : action('Play', name, async () => play(name)),
      older.length === 0 ? null : action('Go back a version', name, async () => {
        if (confirm(`Make the version before the current one of ${name} current again?`)) await call(`/v1/assets/${encodeURIComponent(name)}/rollback`, { method: 'POST' })
      })))
}

/** Images of our own API need the credential, which an <img> cannot send: fetched once each. */
const posters = new Map()
async function showPoster(image, url) {
  try {
    image.src = await posters.get(url)
  } catch {
    posters.delete(url)
    image.remove()
  }
}
function poster(url) {
  const image = el('img', { class: 'poster', alt: '', loading: 'lazy' })
  if (!url.startsWith('/')) image.src = url
  else {
    if (!posters.has(url)) posters.set(url, call(url).then(async (answer) => URL.createObjectURL(await answer.blob())))
    void showPoster(image, url)
  }
  return image
}

let hls = null
function play(name) {
  const url = `${store.media_url}${name}/master.m3u8`
  const video = $('video')
  $('player-title').textContent = name
  $('player-message').textContent = ''
  $('player').showModal()
  if (!Hls.isSupported()) {
    $('player-message').textContent = 'This browser cannot play here (no Media Source Extensions).'
    return
  }
  // The credential goes to our own API only. No worker: its blob would need a wider Content-Security-Policy.
  hls = new Hls({ enableWorker: false, xhrSetup: (xhr) => { if (url.startsWith('/')) for (const [key, value] of Object.entries(headers())) xhr.setRequestHeader(key, value) } })
  hls.on(Hls.Events.ERROR, (_event, { fatal, details }) => { if (fatal) $('player-message').textContent = `It does not play: ${details}` })
  hls.loadSource(url)
  hls.attachMedia(video)
  video.play().catch(() => {})
}
$('player').addEventListener('close', () => {
  hls?.destroy()
  hls = null
  $('video').removeAttribute('src')
})

/** Replaces the items of a list that changed, and keeps the others: with them the focus of whoever is on a button. */
const drawn = new Map()
function list(id, entries, item) {
  const parent = $(id)
  const before = drawn.get(id) ?? new Map()
  const after = new Map()
  for (const [key, value] of entries) {
    const text = JSON.stringify(value)
    const known = before.get(key)
    const kept = known?.text === text ? known : { text, node: item(value) }
    if (known !== undefined && kept !== known) {
      const focused = [...known.node.querySelectorAll('button')].findIndex((button) => button === document.activeElement)
      known.node.replaceWith(kept.node)
      kept.node.querySelectorAll('button')[focused]?.focus()
    }
    after.set(key, kept)
  }
  for (const [key, { node }] of before) if (!after.has(key)) node.remove()
  let index = 0
  for (const { node } of after.values()) {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null)
    index += 1
  }
  drawn.set(id, after)
  const empty = $(`${id}-empty`)
  if (empty !== null) empty.hidden = after.size > 0
}

function draw() {
  const all = [...jobs.values()]
  const byId = (a, b) => (a.id < b.id ? -1 : 1)
  list('queue', all.filter(({ state }) => !ENDED.has(state)).toSorted(byId).map((job) => [job.id, job]), jobItem)
  list('failed', all.filter(({ state }) => state === 'failed').toSorted(byId).toReversed().map((job) => [job.id, job]), jobItem)
  list('waiting', waiting.waiting.map((file) => [file.name, file]), waitingItem)
  list('assets', [...assets.values()].toSorted((a, b) => (a.asset < b.asset ? -1 : 1)).map((asset) => [asset.asset, asset]), assetItem)
  const troubles = [
    ...(intake.paused === null ? [] : [`Intake is paused ${intake.paused}.`]),
    ...(intake.problem == null ? [] : [intake.problem.message]),
    ...(store.problem === null ? [] : [`Nothing is stored right now: ${store.problem.message}. ${store.problem.advice}`]),
    ...(waiting.total > waiting.waiting.length ? [`${waiting.total} files wait; the first ${waiting.waiting.length} are shown.`] : []),
  ]
  list('troubles', troubles.map((text) => [text, text]), (text) => el('li', {}, text))
}
let drawing = false
function drawSoon() {
  if (drawing) return
  drawing = true
  requestAnimationFrame(() => { drawing = false; draw() })
}

async function loadAll() {
  const [running, failed, known, files, taken, target] = await Promise.all([
    get('/v1/jobs?limit=500&state=claiming,queued,probing,encoding,publishing,finishing'), get('/v1/jobs?limit=50&state=failed'), get('/v1/assets?limit=500'), get('/v1/waiting?limit=100'), get('/v1/intake'), get('/v1/store'),
  ])
  jobs.clear()
  for (const job of [...running.jobs, ...failed.jobs]) jobs.set(job.id, job)
  assets.clear()
  for (const asset of known.assets) assets.set(asset.asset, asset)
  waiting = files
  intake = taken
  store = target
  draw()
}
async function look() {
  [waiting, intake, store] = await Promise.all([get('/v1/waiting?limit=100'), get('/v1/intake'), get('/v1/store')])
  drawSoon()
}

let looking = null
function take(event, data) {
  if (event === 'job') jobs.set(data.id, data)
  if (event === 'asset') assets.set(data.asset, data)
  if (event === 'intake') looking ??= setTimeout(() => { looking = null; look().catch(() => {}) }, 500)
  drawSoon()
}

/** EventSource cannot send the credential; a stream read by fetch can. */
async function follow() {
  const answer = await call('/v1/events')
  await loadAll()
  $('connection').textContent = 'connected'
  let rest = ''
  for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop()
    for (const block of blocks) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/s.exec(block) ?? []
      if (event !== undefined) take(event, JSON.parse(data))
    }
  }
}

function askForToken(error) {
  $('board').hidden = true
  $('login').hidden = false
  $('forget').hidden = true
  $('connection').textContent = 'a token is needed'
  if (sessionStorage.getItem(TOKEN) !== null) tell(error)
  sessionStorage.removeItem(TOKEN)
  $('token').focus()
}

async function run() {
  for (;;) {
    try {
      // A client certificate needs no token; whether one is needed is learned by asking.
      await get('/v1/store')
      $('login').hidden = true
      $('board').hidden = false
      $('forget').hidden = sessionStorage.getItem(TOKEN) === null
      tell(null)
      await follow()
    } catch (error) {
      if (error instanceof Refused && [401, 403, 429].includes(error.status)) return askForToken(error)
    }
    $('connection').textContent = 'the encoder does not answer; trying again'
    await new Promise((resolve) => { setTimeout(resolve, 2000) })
  }
}

$('login').addEventListener('submit', (event) => {
  event.preventDefault()
  sessionStorage.setItem(TOKEN, $('token').value.trim())
  $('token').value = ''
  void run()
})
$('forget').addEventListener('click', () => {
  sessionStorage.removeItem(TOKEN)
  location.reload()
})
setInterval(() => { if (!$('board').hidden) look().catch(() => {}) }, 10_000)
void run()
