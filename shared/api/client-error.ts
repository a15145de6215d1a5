import type { Duplex } from 'node:stream'
import { Problem } from '../errors/problem.ts'
import { apiErrors } from '../errors/api-errors.ts'

/** Answers what is not HTTP, too large or too slow, so that it never became a request; then ends the connection. */
export function answerClientError(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const document = problemOf(error.code).toDocument()
  const body = JSON.stringify(document)
  const head = [
    `HTTP/1.1 ${document.status} ${document.title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}

function problemOf(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') return new Problem(apiErrors.headersTooLarge, 'The request line and headers are larger than 16384 bytes')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Problem(apiErrors.requestTimeout, 'The request did not arrive in time: 10 s for the headers, 30 s in all')
  }
  return new Problem(apiErrors.requestInvalid, 'This is not a valid HTTP/1.1 request')
}
