/** What an object store must be able to do; kinds: `minio` (any S3-compatible server) and `directory`. Throws JobErrors of fault `destination` or `environment`. */
export interface Store {
  /** As a person would name it: `http://127.0.0.1:9000/media`, `/srv/media`. */
  readonly name: string
  /** Stores the file or text under a key. With `once`, an object that is there already is left and its facts compared. */
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
}
