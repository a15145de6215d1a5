import { Client } from 'minio'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { classifyS3 } from '../classify.ts'
import { paced, type Pace } from '../pace.ts'
import type { Credentials } from './credentials.ts'
import { transport, type Connections, type Exchange } from './transport.ts'

/** Where the objects lie. */
export interface Bucket {
  readonly endpoint: URL
  readonly name: string
  readonly region: string
  readonly connections: Connections
  readonly pace: Pace | null
  readonly credentialsFile: string
  readonly proxy?: string | undefined
}

/** One S3 request with our own settings around the client of the library; throws JobErrors. */
export interface Call {
  /** For messages: `store a/b/c.m4s`. */
  readonly doing: string
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE'
  readonly key?: string
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  /** With its SHA-256, so that the client does not hash it a second time. */
  readonly body?: { readonly bytes: Buffer; readonly sha256: string }
  readonly expect?: readonly number[]
}

/** The whole answer of a small request. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** How a message names the store. */
export function named(bucket: Bucket): { readonly store: string; readonly credentialsFile: string; readonly proxy: string | undefined } {
  return { store: storeName(bucket), credentialsFile: bucket.credentialsFile, proxy: bucket.proxy }
}

export function storeName({ endpoint, name }: Bucket): string {
  return `${endpoint.origin}/${name}`
}

const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** Sends a request and answers the response while its body comes in. The caller reads it to the end. */
export async function send(bucket: Bucket, credentials: Credentials, call: Call, signal: AbortSignal): Promise<IncomingMessage> {
  const exchange: Exchange = { signal, status: null }
  try {
    signal.throwIfAborted()
    const { bytes = Buffer.alloc(0), sha256 = EMPTY } = call.body ?? {}
    const headers: Record<string, string> = { ...call.headers }
    if (call.method === 'PUT') headers['content-length'] = String(bytes.length)
    const body = bucket.pace === null || bytes.length === 0 ? bytes : Readable.from(paced(bytes, bucket.pace, signal), { objectMode: false })
    const options = { method: call.method, bucketName: bucket.name, ...(call.key === undefined ? {} : { objectName: call.key }), headers, query: call.query ?? '' }
    return await client(bucket, credentials, exchange).makeRequestStreamAsync(options, body, bucket.connections.secure ? '' : sha256, [...(call.expect ?? [200])], '')
  } catch (error) {
    signal.throwIfAborted()
    throw classifyS3(error, { ...named(bucket), doing: call.doing, status: exchange.status })
  }
}

/** The same, with the body of the answer read whole. */
export async function exchange(bucket: Bucket, credentials: Credentials, call: Call, signal: AbortSignal): Promise<Answer> {
  const response = await send(bucket, credentials, call, signal)
  return { status: response.statusCode ?? 0, headers: response.headers, body: await collect(bucket, call, response, signal) }
}

async function collect(bucket: Bucket, { doing }: Call, response: IncomingMessage, signal: AbortSignal): Promise<Buffer> {
  const pieces: Buffer[] = []
  try {
    // An iteration also ends with an error where the connection breaks off.
    for await (const piece of response) pieces.push(piece as Buffer)
  } catch (error) {
    signal.throwIfAborted()
    throw classifyS3(error, { ...named(bucket), doing, status: null })
  }
  return Buffer.concat(pieces)
}

/** One client for each exchange: it costs microseconds, and then signal, answer and credentials are those of this exchange alone. */
export function client({ endpoint, region, connections }: Bucket, credentials: Credentials, exchange: Exchange): Client {
  return new Client({
    endPoint: endpoint.hostname.replace(/^\[(.*)\]$/, '$1'),
    ...(endpoint.port === '' ? {} : { port: Number(endpoint.port) }),
    useSSL: connections.secure,
    accessKey: credentials.access_key,
    secretKey: credentials.secret_key,
    ...(credentials.session_token === undefined ? {} : { sessionToken: credentials.session_token }),
    region,
    pathStyle: true,
    transport: transport(connections, exchange) as unknown as NonNullable<ConstructorParameters<typeof Client>[0]['transport']>,
    transportAgent: connections.agent,
    // It would wait and try again by itself, print to the console, and forget the answer.
    retryOptions: { disableRetry: true },
  })
}
