import { startAgent } from '../../agent/agent.ts'
import { loadAgentConfig } from '../../agent/load-config.ts'
import { createLogger } from '../../shared/log.ts'

// The real agent, killed by its own hand as it enters a step of an operation that somebody asked for:
// what the step before did has happened, nothing of this one has.
const [config = '', doomed = ''] = process.argv.slice(2)

await startAgent(await loadAgentConfig(config), {
  log: createLogger({ level: 'info', name: 'doomed-agent' }),
  onStep(step, operation) {
    if (step === doomed && operation.service !== '*') process.kill(process.pid, 'SIGKILL')
  },
})
