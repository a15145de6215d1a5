import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../shared/errors/problem.ts'
import { replaceFile } from '../shared/files/atomic.ts'
import { apiReference } from './api-reference.ts'
import { configPage } from './build/config-page.ts'
import { errorsPage } from './build/errors-page.ts'
import { cliReference } from './cli-reference.ts'

/** Reference pages that are made from the code, by their path in docs/. */
const pages: Record<string, () => string | Promise<string>> = {
  'reference/agent-config.md': configPage,
  'reference/api.md': apiReference,
  'reference/cli.md': cliReference,
  'reference/errors.md': errorsPage,
}

const check = process.argv.includes('--check')
for (const [page, render] of Object.entries(pages)) {
  const path = fileURLToPath(new URL(page, import.meta.url))
  const text = await render()
  if (!check) {
    await replaceFile(path, text)
    continue
  }
  const there = await readFile(path, 'utf8').catch(messageOf)
  if (there === text) continue
  process.stderr.write(`docs/${page} does not say what the code does. Run: npm run docs\n`)
  process.exitCode = 1
}
