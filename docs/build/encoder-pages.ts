import { describeApi } from '../../encoder/api/describe.ts'
import { createCommands } from '../../encoder/cli/commands.ts'
import { ENCODER_PROGRAM } from '../../encoder/cli/encoder-program.ts'
import { encoderFormats } from '../../encoder/config-formats.ts'
import { EncoderConfigSchema } from '../../encoder/config.ts'
import { errors } from '../../encoder/errors.ts'
import { jobErrors, type JobErrorKind } from '../../encoder/job-errors.ts'
import { apiPage } from './api-page.ts'
import { cliPage } from './cli-page.ts'
import { configPage } from './config-page.ts'
import { ENCODER_CONFIG_EXAMPLE } from './encoder-config-example.ts'
import { errorsPage } from './errors-page.ts'
import type { Pages } from './pages.ts'
import { profilesPage } from './profiles-page.ts'

const API_INTRODUCTION = `<!-- Made by docs/build.ts from the routes in encoder/api/. Do not edit: run "npm run docs". -->

# The HTTP API of the encoder

JSON in and out, \`snake_case\`, times in RFC 3339 UTC. The encoder describes itself at \`/openapi.json\` (OpenAPI 3.1). Credentials are those of the agent ([credentials.md](credentials.md)), in a tokens file of its own. Errors are problem documents of RFC 9457 (\`application/problem+json\`) with a stable \`code\`: [encoder-errors.md](encoder-errors.md).

\`\`\`sh
curl -H @header 'http://127.0.0.1:9441/v1/jobs?state=failed'
curl --unix-socket /run/greenroom-encoder/api.sock -X POST http://encoder/v1/jobs/01JD4Z7Q3V8K2M5N6P9R0S1T2W/retry
curl --unix-socket /run/greenroom-encoder/api.sock -N http://encoder/v1/events
\`\`\`

- Names of assets have folders: \`/v1/assets/films%2Fa\`; to look at one and to point it back also \`/v1/assets/films/a\`.
- Members of a body may stand in the query instead: \`POST …/intake/pause?reason=new+disk\`. Unknown members are refused.
- \`GET /\` is the operators' page. Where the store is a directory, \`GET /media/<key>\` serves it read-only, with a credential, for that page.

Limits: body 64 KiB, request line and headers 16 KiB, 10 s for the headers, 30 s for the request.`

const EXITS = {
  0: 'Done.',
  1: 'Failed: the encoder or the store cannot be reached, this host lacks something, the credential is not valid; `publish verify` and `doctor`: something is wrong.',
  2: 'Wrong usage or configuration, or there is no such job or asset.',
  3: 'Refused: the state of the job, an asset without an older version, a source that cannot be encoded.',
  130: 'Stopped by Ctrl-C.',
}

const FAULTS: Readonly<Record<JobErrorKind['fault'], string>> = {
  source: 'The file itself: it ends in `failed/` with a `.why.txt` beside it.',
  tool: 'ffmpeg crashed, stalled or lost frames: tried again, `jobs.attempts` times in all.',
  environment: 'This host, or what it says to the store: the job waits until it is mended, and goes on by itself.',
  destination: 'The store: tried again for ever.',
  ours: 'A mistake of this program: the source ends in `failed/`. Please report it.',
}

function jobErrorsText(): string {
  const kinds: readonly JobErrorKind[] = Object.values(jobErrors)
  const parts = Object.entries(FAULTS).map(([fault, text]) => {
    const rows = kinds.filter((kind) => kind.fault === fault).map(({ code, title }) => `| <a id="job-${code}"></a>\`${code}\` | ${title} |`)
    return `### ${fault}\n\n${text}\n\n| Code | |\n|---|---|\n${rows.join('\n')}\n`
  })
  return `
## What stops a job

The \`error\` and the \`blocked\` of a job, and the first line of a \`.why.txt\`, have one of these codes. Whose fault it is decides what
happens next.

${parts.join('\n')}`
}

export const encoderPages = {
  'reference/encoder-config.md': () => configPage({ command: 'greenroom-encoder', file: ENCODER_PROGRAM.configFile, source: 'encoder/config.ts', schema: EncoderConfigSchema, formats: encoderFormats, example: ENCODER_CONFIG_EXAMPLE }),
  'reference/encoder-api.md': async () => apiPage(await describeApi(''), API_INTRODUCTION, ['Job', 'JobDetail', 'WaitingFile', 'Intake', 'Asset', 'Store', 'VerifyReport', 'RepairReport', 'Housekeeping', 'Problem']),
  'reference/encoder-cli.md': () => cliPage(ENCODER_PROGRAM, createCommands, { exits: EXITS, errors: 'encoder-errors.md' }),
  'reference/profiles.md': profilesPage,
  'reference/encoder-errors.md': () => errorsPage('Errors of the encoder', 'encoder/errors.ts and encoder/job-errors.ts', errors, jobErrorsText()),
} satisfies Pages
