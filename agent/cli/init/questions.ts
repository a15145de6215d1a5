import { messageOf } from '../../../shared/errors/problem.ts'
import { faultOf, type Question } from '../../../shared/cli/init/question.ts'
import { formats } from '../../../shared/config/formats.ts'
import { agentFormats } from '../../config-formats.ts'
import { server } from '../arguments.ts'

const named = ({ service }: Readonly<Record<string, string>>): boolean => service !== ''

/** What `greenroom-agent init` has to know. */
export const AGENT_QUESTIONS: readonly Question[] = [
  { name: 'listen', value: 'host:port', text: 'address of the API for CI, beside the unix socket', fallback: '127.0.0.1:9440', fault },
  { name: 'service', value: 'name', text: 'name of a first service (none: adopt makes one from a vhost)', fallback: '', fault: (name) => (name === '' ? null : faultOf(agentFormats['service-name'], name)) },
  { name: 'blue', value: 'host:port', text: 'where its blue colour serves', fallback: '127.0.0.1:3001', when: named, fault },
  { name: 'green', value: 'host:port', text: 'where its green colour serves', fallback: '127.0.0.1:3002', when: named, fault },
  { name: 'health', value: 'path', text: 'path that answers 200 when a colour can serve', fallback: '/healthz', when: named, fault: (path) => faultOf(formats['url-path'], path) },
]

function fault(text: string): string | null {
  try {
    server(text)
    return null
  } catch (error) {
    return messageOf(error)
  }
}
