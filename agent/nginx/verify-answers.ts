/**
 * The bodies of the complete HTTP/1.1 answers in `received`, in order; `other` when something is there that our
 * generated server never sends. It always gives a Content-Length, so nothing else needs to be understood.
 */
export function readAnswers(received: string): string[] | 'other' {
  const bodies: string[] = []
  let at = 0
  while (at < received.length) {
    const end = received.indexOf('\r\n\r\n', at)
    if (end === -1) break
    const head = received.slice(at, end)
    const length = /\r\ncontent-length: *(\d{1,5})\s*(?:\r\n|$)/i.exec(head)?.[1]
    if (!head.startsWith('HTTP/1.1 200 ') || length === undefined) return 'other'
    const bodyEnd = end + 4 + Number(length)
    if (bodyEnd > received.length) break
    bodies.push(received.slice(end + 4, bodyEnd))
    at = bodyEnd
  }
  return bodies
}
