import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { wait } from '../wait.ts'
import type { Scene } from '../scene.ts'

const HEADING = '## From a bare VM to the first switch and the first asset'

/** The README's lines for a bare VM, one by one, where nothing of Greenroom's is left. */
export async function readmeLines(t: Test, scene: Scene): Promise<void> {
  const { sh, attempt } = scene.machine
  const lines = shellLines(await readFile(join(import.meta.dirname, '../../../../README.md'), 'utf8'))
  t.ok(lines.length >= 8, 'the README has them')
  // The packages, built, and a film.
  await sh('rm -rf /srv/greenroom && ln -sf /packages/*.deb /var/tmp/ && ffmpeg -v error -y -i /var/tmp/minute.mkv -c:v copy -c:a aac /var/tmp/holiday.mov')
  for (const line of lines) {
    const { code, stdout, stderr } = await attempt(`cd /var/tmp && ${line}`)
    t.equal(code, 0, code === 0 ? line : `${line}\n${stdout}\n${stderr}`)
  }
  t.match(await scene.served(), /^green/, 'the first switch')
  const playlist = await wait('the first asset plays', async () => {
    const { code, stdout } = await attempt('curl -fsS http://127.0.0.1/media/holiday/master.m3u8')
    return code === 0 ? stdout : undefined
  })
  t.match(playlist, /^#EXTM3U/)
  scene.table.add('the README’s lines from a bare VM', `all ${lines.length} succeed: the first switch, and the first asset plays`)
}

/** What stands in blocks of shell below the heading, without what a user only reads. */
function shellLines(readme: string): string[] {
  const section = readme.slice(readme.indexOf(HEADING) + HEADING.length).split(/^## /m)[0] ?? ''
  return [...section.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) => block.split('\n')).map((line) => line.replace(/(^|\s)#.*$/, '').trim()).filter((line) => line !== '')
}
