import type { ProblemKind } from '../../shared/errors/problem.ts'

/** The reference page of an error catalogue, made from `source`; `more` stands below it. */
export function errorsPage(title: string, source: string, errors: Readonly<Record<string, ProblemKind>>, more = ''): string {
  const rows = Object.values(errors).map(({ code, status, exit, title }) => `| <a id="${code}"></a>\`${code}\` | ${status} | ${exit} | ${title} |`)
  return `# ${title}

<!-- Made by \`npm run docs\` from ${source}. -->

The API answers errors as problem documents of RFC 9457 (\`application/problem+json\`): \`code\` is stable and made for
programs; \`detail\` says what happened, where, and what to do next; further members carry the facts of the case. The
commands print \`detail\` and end with the exit code: 1 failed, 2 wrong usage or configuration, 3 refused. 0 is success.

| Code | Status | Exit code | |
|---|---|---|---|
${rows.join('\n')}
${more}`
}
