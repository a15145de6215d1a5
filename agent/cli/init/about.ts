import type { Init } from '../../../shared/cli/commands/init.ts'
import { AGENT_QUESTIONS } from './questions.ts'

/** What the help says of `init`. */
export const ABOUT: Pick<Init, 'description' | 'questions' | 'examples'> = {
  description: 'Writes a commented configuration from questions or flags, makes a first token for deploys, and says what to type next. Changes nothing of Nginx.',
  questions: AGENT_QUESTIONS,
  examples: `  sudo greenroom-agent init
  sudo greenroom-agent init --defaults > ci.token
  sudo greenroom-agent init --service app --blue 127.0.0.1:3001 --green 127.0.0.1:3002`,
}
