import type { Operation } from '../../agent/switching/operation.ts'
import type { TestAgent } from './agent.ts'

export interface Events {
  /** The next operation event, from now or since the last one asked for, that `wanted` accepts. */
  until(wanted: (operation: Operation) => boolean): Promise<Operation>
  [Symbol.asyncDispose](): Promise<void>
}

/** Follows the operations of `/v1/events`; answers when the stream is open. */
export async function followEvents(agent: TestAgent): Promise<Events> {
  const left = new AbortController()
  const answer = await fetch(`${agent.url}/v1/events`, { headers: { authorization: `Bearer ${agent.token}` }, signal: left.signal })
  if (answer.body === null) throw new Error(`/v1/events answered ${answer.status} without a body`)
  const operations = operationsIn(answer.body.pipeThrough(new TextDecoderStream()))
  return {
    async until(wanted) {
      for (;;) {
        const { value, done } = await operations.next()
        if (done === true) throw new Error('the event stream ended')
        if (wanted(value)) return value
      }
    },
    async [Symbol.asyncDispose]() {
      left.abort()
    },
  }
}

async function* operationsIn(text: AsyncIterable<string>): AsyncGenerator<Operation, void> {
  let rest = ''
  for await (const piece of text) {
    const messages = (rest + piece).split('\n\n')
    rest = messages.pop() ?? ''
    for (const message of messages) {
      const data = /^event: operation\ndata: (.*)$/.exec(message)?.[1]
      if (data !== undefined) yield JSON.parse(data) as Operation
    }
  }
}
