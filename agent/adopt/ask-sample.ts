import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Sample } from './samples.ts'

const TIMEOUT_MS = 5000

/** The status of the answer to one request on a connection of its own; null when there is none. */
export function askSample({ tls, address, port, host, path }: Sample): Promise<number | null> {
  return new Promise((resolve) => {
    const options = { host: address, port, path, agent: false, timeout: TIMEOUT_MS, headers: { Host: host, 'User-Agent': 'greenroom-agent adopt' } } as const
    const answered = (response: IncomingMessage) => {
      resolve(response.statusCode ?? null)
      call.destroy()
    }
    // What is compared is where requests go; whether the certificate is trusted is the same before and after.
    const call = tls ? httpsRequest({ ...options, servername: host, rejectUnauthorized: false }, answered) : httpRequest(options, answered)
    call.on('timeout', () => call.destroy(new Error('timeout')))
    // No answer is what the caller compares; which error it was does not matter.
    call.on('error', () => resolve(null))
    call.end()
  })
}

/** What is worse after a change than before, in words; null when nothing is. */
export function worseThan(sample: Sample, before: number | null, after: number | null): string | null {
  const failed = (status: number | null) => status === null || status >= 500
  if (failed(before) || !failed(after)) return null
  const { tls, address, port, host, path } = sample
  return `${tls ? 'https' : 'http'}://${address.includes(':') ? `[${address}]` : address}:${port}${path} (Host: ${host}) answered ${before} before the change and ${after ?? 'nothing'} after it`
}
