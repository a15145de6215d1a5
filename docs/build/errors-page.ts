import { errors } from '../../agent/errors.ts'

/** The reference page of the error catalogue. */
export function errorsPage(): string {
  const rows = Object.values(errors).map(({ code, status, exit, title }) => `| <a id="${code}"></a>\`${code}\` | ${status} | ${exit} | ${title} |`)
  return `# Errors

<!-- Made by \`npm run docs\` from agent/errors.ts. -->

The API answers errors as problem documents of RFC 9457 (\`application/problem+json\`): \`code\` is stable and made for
programs; \`detail\` says what happened, where, and what to do next; further members carry the facts of the case. The
commands print \`detail\` and end with the exit code: 1 failed, 2 wrong usage or configuration, 3 refused. 0 is success.

| Code | Status | Exit code | |
|---|---|---|---|
${rows.join('\n')}
`
}
