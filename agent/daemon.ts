import type { Daemon } from '../shared/daemon.ts'
import { errors } from './errors.ts'

/** The agent, as code that it shares with the encoder names it. */
export const AGENT: Daemon = { command: 'greenroom-agent', noun: 'agent', errors }
