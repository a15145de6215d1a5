/** Takes pieces of an event stream, and answers the data of each event of one name that became complete, parsed. */
export function eventReader<T>(name: string): (piece: string) => T[] {
  let rest = ''
  return (piece) => {
    const messages = (rest + piece).split('\n\n')
    rest = messages.pop() ?? ''
    return messages.flatMap((message) => {
      const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(message) ?? []
      return event === name && data !== undefined ? [JSON.parse(data) as T] : []
    })
  }
}

export interface Followed<T> {
  /** The next event, from now or since the last one asked for, that `wanted` accepts. */
  until(wanted: (data: T) => boolean): Promise<T>
  [Symbol.asyncDispose](): Promise<void>
}

/** Follows the events of one name at `/v1/events`; answers when the stream is open. */
export async function follow<T>(name: string, { url, token }: { readonly url: string; readonly token: string }, signal?: AbortSignal): Promise<Followed<T>> {
  const answer = await fetch(`${url}/v1/events`, { headers: { authorization: `Bearer ${token}` }, ...(signal === undefined ? {} : { signal }) })
  if (answer.body === null) throw new Error(`/v1/events answered ${answer.status} without a body`)
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  const read = eventReader<T>(name)
  const arrived: T[] = []
  return {
    async until(wanted) {
      for (;;) {
        for (let next = arrived.shift(); next !== undefined; next = arrived.shift()) if (wanted(next)) return next
        const { value, done } = await reader.read()
        if (done) throw new Error('the event stream ended')
        arrived.push(...read(value))
      }
    },
    async [Symbol.asyncDispose]() {
      // A stream that failed has ended already.
      await reader.cancel().catch(() => {})
    },
  }
}
