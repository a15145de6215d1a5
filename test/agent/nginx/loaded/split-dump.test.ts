import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { splitDump } from '../../../../agent/nginx/loaded/split-dump.ts'

t.test('each file comes back as it is on disk, whatever stands in it', async (t) => {
  const directory = t.testdir()
  const files = ['a\n', 'no newline at the end', '', '# configuration file /etc/nginx/other.conf:\nhttp {}\n', 'crlf\r\n\n\n'].map((text, index) => ({ path: join(directory, `${index}.conf`), text }))
  for (const { path, text } of files) await writeFile(path, text)
  const dump = files.map(({ path, text }) => `# configuration file ${path}:\n${text}\n`).join('')
  t.same(await splitDump(dump), files)
})

t.test('a file that changed meanwhile ends where the next one begins', async (t) => {
  const directory = t.testdir({ 'a.conf': 'new\n', 'b.conf': 'same\n' })
  const [a, b] = [join(directory, 'a.conf'), join(directory, 'b.conf')]
  t.same(await splitDump(`# configuration file ${a}:\nold\n\n# configuration file ${b}:\nsame\n\n`), [{ path: a, text: 'old\n' }, { path: b, text: 'same\n' }])
})
