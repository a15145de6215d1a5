import { fstatSync, openSync, closeSync } from 'node:fs'
import t from 'tap'
import { createLogger } from '../../../shared/log.ts'
import { isJournal, withPriority } from '../../../shared/systemd/journal.ts'

t.test('a line for the journal begins with its priority', (t) => {
  const lines: string[] = []
  const log = createLogger({ level: 'trace', name: 'test', destination: withPriority({ write: (line) => void lines.push(line) }) })
  for (const level of ['debug', 'info', 'warn', 'error', 'fatal'] as const) log[level](`"level":"info" in ${level}`)
  t.same(lines.map((line) => line.slice(0, 3)), ['<7>', '<6>', '<4>', '<3>', '<2>'])
  t.match(JSON.parse(lines[2]!.slice(3)), { level: 'warn', name: 'test' })
  t.end()
})

t.test('the journal is told by device and inode, so that output sent elsewhere stays as it is', (t) => {
  const fd = openSync('/dev/null', 'w')
  const { dev, ino } = fstatSync(fd)
  t.equal(isJournal(`${dev}:${ino}`, fd), true)
  t.equal(isJournal(`${dev}:${ino + 1}`, fd), false)
  t.equal(isJournal(undefined, fd), false)
  closeSync(fd)
  t.end()
})
