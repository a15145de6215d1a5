import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { apiErrors } from '../errors/api-errors.ts'
import { Problem } from '../errors/problem.ts'
import type { Credentials } from './authenticate.ts'

const HEARTBEAT_MS = 15_000
/** A reader that is this far behind is cut off, not waited for; it comes again and gets the present state. */
const MOST_BUFFERED = 1024 * 1024
/** Streams of one credential; each holds a connection, of which there are not many more for everybody. */
const MOST_STREAMS = 64

/** Sends one event; nothing happens once the stream has ended. */
export type SendEvent = (event: string, data: unknown) => void

/** Answers a call with a stream. `begin` subscribes, sends what is now, and answers the way to unsubscribe. */
export type OpenStream = (request: FastifyRequest, reply: FastifyReply, begin: (send: SendEvent) => () => void) => void

/** Server-sent events of an API; `instead` is the call that whoever holds too many streams can make. */
export function eventStreams(app: FastifyInstance, credentials: Credentials, instead: string, heartbeatMs = HEARTBEAT_MS): OpenStream {
  const streams = new Map<ServerResponse, string | undefined>()

  app.addHook('preClose', async () => {
    for (const stream of streams.keys()) stream.end()
  })

  return (request, reply, begin) => {
    const { identity } = request
    const held = streams.values().filter((actor) => actor === identity?.actor).toArray().length
    if (held >= MOST_STREAMS) throw new Problem(apiErrors.tooManyStreams, `${identity?.actor} holds ${held} event streams already: end one, or look at ${instead} instead`)
    reply.hijack()
    const stream = reply.raw
    // A reader that hung up while it was asked who it is: its "close" has been, and would not end what begins below.
    if (stream.destroyed) return
    // The connection ends with its stream: one kept open would hold up the daemon's stop.
    stream.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no', connection: 'close' })

    const send: SendEvent = (event, data) => {
      // Ended but not yet read by the other side: a write would be an error that nobody awaits.
      if (stream.writableEnded) return
      if (stream.writableLength > MOST_BUFFERED) stream.destroy()
      else stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    }
    const heartbeat = async () => {
      if (stream.writableEnded) stream.destroy()
      else if (identity === null || !(await credentials.stillValid(identity))) stream.end()
      else if (!stream.writableEnded) stream.write(': still here\n\n')
    }
    const beat = setInterval(() => {
      heartbeat().catch((error: unknown) => {
        request.log.error({ err: error }, 'an event stream ended in a way that nobody foresaw')
        stream.destroy()
      })
    }, heartbeatMs)

    streams.set(stream, identity?.actor)
    stream.write('retry: 2000\n\n')
    const unsubscribe = begin(send)
    stream.once('close', () => {
      clearInterval(beat)
      unsubscribe()
      streams.delete(stream)
    })
  }
}
