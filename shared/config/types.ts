import { Type, type StaticDecode, type TSchema } from 'typebox'
import { formatDuration, parseDuration } from '../units/duration.ts'
import { formatSize, parseSize } from '../units/size.ts'

/** What every field of a configuration schema carries, so that the reference page can be made from it. */
export interface FieldOptions {
  readonly description: string
  readonly default?: unknown
  /** For the reference page, where neither the default nor the format tells what is meant. */
  readonly examples?: readonly unknown[]
}

/** A length of time written like `"2s"`, `"1m30s"` or `"250ms"`; decoded to whole milliseconds. */
export function Duration(options: FieldOptions & { default?: string }) {
  return Type.Codec(Type.String({ ...options, format: 'duration' }))
    .Decode((text) => parseDuration(text))
    .Encode((ms) => formatDuration(ms))
}

/** An amount of bytes written like `"64KiB"` or `"1GiB"`; decoded to bytes. */
export function Size(options: FieldOptions & { default?: string }) {
  return Type.Codec(Type.String({ ...options, format: 'size' }))
    .Decode((text) => parseSize(text))
    .Encode((bytes) => formatSize(bytes))
}

/** An absolute path. Without NUL, newline or Nginx metacharacters, since such paths are written into Nginx files. */
export function AbsolutePath(options: FieldOptions & { default?: string }) {
  return Type.String({ ...options, format: 'absolute-path' })
}

/** `host:port`: a host name, an IPv4 address or an IPv6 address in brackets, and a port from 1 to 65535. */
export function HostPort(options: Partial<FieldOptions> & { default?: string }) {
  return Type.String({ ...options, format: 'host-port' })
}

/** A table of fields that may all be left out and know no other keys. */
export function Table<const P extends Record<string, TSchema>>(description: string, properties: P) {
  return Type.Object(properties, { description, additionalProperties: false, default: {} })
}

/** A table whose keys are names that people choose, each of a format, and whose values are all alike. */
export function Named<V extends TSchema>(keyFormat: string, value: V, options: FieldOptions) {
  // Type.Record forgets the format of its key.
  return Type.Record(Type.String(), value, { ...options, propertyNames: { format: keyFormat } })
}

export { Type, type StaticDecode }
