import { describeApi } from '../../agent/api/describe.ts'
import { AGENT_PROGRAM } from '../../agent/cli/agent-program.ts'
import { createProgram } from '../../agent/cli/program.ts'
import { agentFormats } from '../../agent/config-formats.ts'
import { AgentConfigSchema } from '../../agent/config.ts'
import { errors } from '../../agent/errors.ts'
import { apiPage } from './api-page.ts'
import { cliPage } from './cli-page.ts'
import { CONFIG_EXAMPLE } from './config-example.ts'
import { configPage } from './config-page.ts'
import { errorsPage } from './errors-page.ts'
import type { Pages } from './pages.ts'

const API_INTRODUCTION = `<!-- Made by docs/build.ts from the routes in agent/api/. Do not edit: run "npm run docs". -->

# The HTTP API of the agent

JSON in and out, \`snake_case\`, times in RFC 3339 UTC, durations in ms. The agent describes itself at \`/openapi.json\` (OpenAPI 3.1). Credentials: [credentials.md](credentials.md). Errors are problem documents of RFC 9457 (\`application/problem+json\`) with a stable \`code\`: [errors.md](errors.md).

\`\`\`sh
curl -H @header -X POST 'http://127.0.0.1:9440/v1/services/app/switch?to=green&reason=release+42'
curl --unix-socket /run/greenroom-agent/api.sock -X POST http://agent/v1/services/app/rollback
\`\`\`

What every change has in common:

- It is answered when Nginx has proven it: 200 with the operation. What was refused or failed is answered with the problem; its \`operation\` is the id, and \`Location\` the place, of the operation. A caller that hangs up stops nothing.
- \`Prefer: respond-async\` answers at once: 202 with the operation as it begins.
- \`Idempotency-Key\` (1 to 128 visible characters): the same call again answers with the first operation and \`Idempotency-Replayed: true\`; another call with the same key is refused. Keys of different credentials do not meet.
- \`If-Match: "17"\`, the ETag of the service: refused with 412 when the service changed since.
- Unknown members are refused, and so is a member that is given twice: a misspelt \`dry_run\` must not switch.

Limits: body 64 KiB, request line and headers 16 KiB, 10 s for the headers, 30 s for the request.`

const EXITS = {
  0: 'Done.',
  1: 'Failed: the agent cannot be reached, the change did not take effect and was restored, the credential is not valid.',
  2: 'Wrong usage or configuration: nothing was asked of the agent, or it did not understand.',
  3: 'Refused: a gate, another operation, an edit by somebody else. Nothing was changed.',
  130: 'Stopped waiting by Ctrl-C; the agent goes on with the operation.',
}

export const agentPages = {
  'reference/agent-config.md': () => configPage({ command: 'greenroom-agent', file: AGENT_PROGRAM.configFile, source: 'agent/config.ts', schema: AgentConfigSchema, formats: agentFormats, example: CONFIG_EXAMPLE }),
  'reference/api.md': async () => apiPage(await describeApi(''), API_INTRODUCTION, ['Service', 'Operation', 'Problem', 'AuditEntry']),
  'reference/cli.md': () => cliPage(AGENT_PROGRAM, createProgram, { exits: EXITS, errors: 'errors.md' }),
  'reference/errors.md': () => errorsPage('Errors', 'agent/errors.ts', errors),
} satisfies Pages
