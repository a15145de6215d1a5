/**
 * Whose fault something is, which decides what happens next:
 * `source` the file itself: it ends in `failed/`. `tool` ffmpeg crashed, stalled or lost frames: tried again.
 * `environment` this host (space, permissions, a missing program): waits until it is mended. `destination` the store:
 * tried again for ever. `ours` a mistake of this program: it ends in `failed/`.
 */
export type FaultKind = 'source' | 'tool' | 'environment' | 'destination' | 'ours'

/** One entry of the catalogue of what can stop a job. */
export interface JobErrorKind {
  /** Stable, machine-readable; documented in docs/reference/encoder-errors.md. */
  readonly code: string
  readonly fault: FaultKind
  /** What it means, for the reference page. */
  readonly title: string
}

export interface JobErrorFacts {
  /** Second of the source, from its beginning, at which it was found. */
  readonly at_s?: number
  readonly [fact: string]: unknown
}

/**
 * What stops a job, in the words of `.why.txt`: `message` is one sentence that says what was found and where;
 * `advice` one that says what to do about it.
 */
export class JobError extends Error {
  override readonly name = 'JobError'
  readonly kind: JobErrorKind
  readonly advice: string
  readonly facts: JobErrorFacts

  constructor(kind: JobErrorKind, message: string, advice: string, facts: JobErrorFacts = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
    this.advice = advice
    this.facts = facts
  }

  get code(): string {
    return this.kind.code
  }

  get fault(): FaultKind {
    return this.kind.fault
  }
}

/** What was found and what to do, as one text. */
export function inWords({ message, advice }: Pick<JobError, 'message' | 'advice'>): string {
  return `${message.replace(/\.$/, '')}. ${advice}`
}

/** The same where somebody waits for an answer: jobs go on by themselves, a call does not. */
export function forTheCaller(error: Pick<JobError, 'message' | 'advice'>): string {
  return `${inWords(error)} What was asked for here is not done then: ask again.`
}

function source(code: string, title: string): JobErrorKind {
  return { code, fault: 'source', title }
}
function tool(code: string, title: string): JobErrorKind {
  return { code, fault: 'tool', title }
}
function environment(code: string, title: string): JobErrorKind {
  return { code, fault: 'environment', title }
}
function destination(code: string, title: string): JobErrorKind {
  return { code, fault: 'destination', title }
}

/** All that can stop a job. docs/reference/encoder-errors.md is made from it. */
export const jobErrors = {
  emptyFile: source('empty_file', 'The file has no bytes'),
  notMedia: source('not_media', 'No media container is recognised in the file'),
  textFile: source('text_file', 'The file is text, whatever its name says'),
  playlist: source('playlist', 'The file is a playlist or a script that names other files; nothing it names is read'),
  image: source('image', 'The file is an image, still or animated'),
  encrypted: source('encrypted', 'The media is encrypted'),
  truncated: source('truncated', 'The file ends before its own index or duration says'),
  noIndex: source('no_index', 'An MP4 or MOV without its index (moov), as an interrupted recording leaves it'),
  damaged: source('damaged', 'More of the media cannot be decoded than the profile allows'),
  tooLarge: source('too_large', 'Picture size, duration or number of frames is beyond the limits of the profile'),
  zeroDuration: source('zero_duration', 'The media has no duration'),
  noStreams: source('no_streams', 'There is no video or audio that can be decoded'),
  profileUnfit: source('profile_unfit', 'The profile has nothing to make of this source'),
  optionsInvalid: source('options_invalid', 'The options file beside the source is not valid'),
  captionsInvalid: source('captions_invalid', 'A captions file beside the source is not valid'),
  probeDeadline: source('probe_deadline', 'The file could not be examined within the deadline'),
  sourceChanged: source('source_changed', 'The source was changed or removed while it was worked on'),

  toolCrashed: tool('tool_crashed', 'ffmpeg or ffprobe was ended by a signal'),
  outOfMemory: tool('out_of_memory', 'The kernel ended ffmpeg or ffprobe: the memory of the unit, or of this host, had run out'),
  toolStalled: tool('tool_stalled', 'ffmpeg made no progress for a minute and was ended'),
  toolFailed: tool('tool_failed', 'ffmpeg or ffprobe ended with an error'),
  framesMissing: tool('frames_missing', 'A chunk has fewer or other frames than planned'),
  chunkInvalid: tool('chunk_invalid', 'A finished chunk does not pass its checks'),

  toolMissing: environment('tool_missing', 'ffmpeg or ffprobe is not installed or cannot be run'),
  toolTooOld: environment('tool_too_old', 'ffmpeg is older than this program can use'),
  codecMissing: environment('codec_missing', 'ffmpeg lacks an encoder or filter that the profile needs'),
  profileMissing: environment('profile_missing', 'The profile of the job is not in the configuration any more'),
  noSpace: environment('no_space', 'The disk is full, or would be'),
  storageFailed: environment('storage_failed', 'A directory cannot be read or written'),
  storeDenied: environment('store_denied', 'The store refuses the credentials or the permission'),
  bucketMissing: environment('bucket_missing', 'The bucket does not exist'),
  clockSkew: environment('clock_skew', 'The store refuses the clock of this host'),
  storeTls: environment('store_tls', 'The certificate of the store is not trusted'),
  storeMisconfigured: environment('store_misconfigured', 'The credentials file or the endpoint of the store cannot be used'),

  storeUnreachable: destination('store_unreachable', 'The store does not answer'),
  storeFailed: destination('store_failed', 'The store answered with an error'),
  objectMismatch: destination('object_mismatch', 'What was read back from the store is not what was sent'),

  internal: { code: 'internal', fault: 'ours', title: 'A mistake of this program' },
} as const satisfies Record<string, JobErrorKind>
