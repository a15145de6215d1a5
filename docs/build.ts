import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../shared/errors/problem.ts'
import { replaceFile } from '../shared/files/atomic.ts'
import { agentPages } from './build/agent-pages.ts'
import { encoderPages } from './build/encoder-pages.ts'
import type { Pages } from './build/pages.ts'

const pages: Pages = { ...agentPages, ...encoderPages }

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
