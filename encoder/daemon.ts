import type { Daemon } from '../shared/daemon.ts'
import { errors } from './errors.ts'

/** The encoder, as code that it shares with the agent names it. */
export const ENCODER: Daemon = { command: 'greenroom-encoder', noun: 'encoder', errors }
