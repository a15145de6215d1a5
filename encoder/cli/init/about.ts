import type { Init } from '../../../shared/cli/commands/init.ts'
import { ENCODER_QUESTIONS } from './questions.ts'

/** What the help says of `init`. */
export const ABOUT: Pick<Init, 'description' | 'questions' | 'examples'> = {
  description: 'Writes a commented configuration from questions or flags, makes a first token, and says what to type next.',
  questions: ENCODER_QUESTIONS,
  examples: `  sudo greenroom-encoder init
  sudo greenroom-encoder init --defaults > ci.token
  sudo greenroom-encoder init --store minio --endpoint http://10.0.0.5:9000 --bucket media`,
}
