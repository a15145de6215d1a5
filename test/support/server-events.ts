/** The data of each server-sent event of one name, parsed. */
export async function* eventsNamed<T>(name: string, text: AsyncIterable<string>): AsyncGenerator<T, void> {
  let rest = ''
  for await (const piece of text) {
    const messages = (rest + piece).split('\n\n')
    rest = messages.pop() ?? ''
    for (const message of messages) {
      const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(message) ?? []
      if (event === name && data !== undefined) yield JSON.parse(data) as T
    }
  }
}

export interface Followed<T> {
  /** The next event, from now or since the last one asked for, that `wanted` accepts. */
  until(wanted: (data: T) => boolean): Promise<T>
  [Symbol.asyncDispose](): Promise<void>
}

/** Follows the events of one name at `/v1/events`; answers when the stream is open. */
export async function follow<T>(name: string, { url, token }: { readonly url: string; readonly token: string }, signal?: AbortSignal): Promise<Followed<T>> {
  const left = new AbortController()
  const ends = signal === undefined ? left.signal : AbortSignal.any([left.signal, signal])
  const answer = await fetch(`${url}/v1/events`, { headers: { authorization: `Bearer ${token}` }, signal: ends })
  if (answer.body === null) throw new Error(`/v1/events answered ${answer.status} without a body`)
  const events = eventsNamed<T>(name, answer.body.pipeThrough(new TextDecoderStream()))
  return {
    async until(wanted) {
      for (;;) {
        const { value, done } = await events.next()
        if (done === true) throw new Error('the event stream ended')
        if (wanted(value)) return value
      }
    },
    async [Symbol.asyncDispose]() {
      left.abort()
    },
  }
}
