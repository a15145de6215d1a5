/**
 * What an object store must be able to do; kinds: `minio` (any S3-compatible server) and `directory`.
 * Throws JobErrors: of fault `destination` what may pass by itself, of fault `environment` what somebody must mend, and
 * `internal` where a work file is not what was to be stored. Aborted, it throws the signal's reason.
 */
export interface Store {
  /** As a person would name it: `http://127.0.0.1:9000/media`, `/srv/media`. */
  readonly name: string
  /**
   * Stores the file or text under a key and reads it back: resolves only when size and hash are proven. With `once`, an
   * object that lies there already is left: right when it is the same, `object_mismatch` when it is not.
   */
  put(object: StoreObject, options: { readonly once: boolean; readonly signal: AbortSignal }): Promise<void>
  /** What lies under the key, read back; null when nothing does. */
  head(key: string, signal: AbortSignal): Promise<StoredFacts | null>
  /** The whole content of a small object; null when nothing lies there. */
  read(key: string, signal: AbortSignal): Promise<Buffer | null>
  /** SHA-256 (hex) of what lies there, read whole. */
  hash(key: string, signal: AbortSignal): Promise<string | null>
  /** Removes the key; nothing there is fine. */
  remove(key: string, signal: AbortSignal): Promise<void>
  /** Keys below a prefix. */
  list(prefix: string, signal: AbortSignal): AsyncIterable<{ readonly key: string; readonly bytes: number }>
  /** Removes what interrupted uploads have left behind and no reader sees; answers how many. */
  tidy(signal: AbortSignal): Promise<number>
  /** Told when a file that the access depends on (the credentials) has changed. Answers the way to unsubscribe. */
  watch(listener: () => void): () => void
  close(): Promise<void>
}

export interface StoreObject {
  readonly key: string
  readonly body: { readonly path: string } | { readonly content: string }
  readonly bytes: number
  readonly sha256: string
  readonly content_type: string
  readonly cache_control: string
}

export interface StoredFacts {
  readonly bytes: number
  /** Null where the server gives no hash that can be compared; `hash` then reads it whole. */
  readonly sha256: string | null
  readonly content_type: string | null
  readonly cache_control: string | null
  /** The store keeps what is overwritten or deleted. */
  readonly versioned?: boolean
}
